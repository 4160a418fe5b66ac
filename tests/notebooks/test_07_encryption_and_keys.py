from __future__ import annotations

import json
import re

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import shown


class TestEncryptionAndKeys(TutorialContract):
    name = "07-encryption-and-keys"

    def test_no_key_is_in_the_notebook(self, ran: Ran) -> None:
        file = ran.folder / "tutorial.key"
        assert file.read_text() not in json.dumps(ran.fresh)
        assert not re.search(r"[\w+/-]{43}=", json.dumps(ran.stored))
        assert file.stat().st_mode & 0o777 == 0o600

    def test_an_encrypted_conversation_goes_on_as_any(self, ran: Ran) -> None:
        assert "Your name is Aino." in shown(ran.fresh, "second")
        assert "encryption  AES-256-GCM, key" in shown(ran.fresh, "info")
        assert "Your name is Aino." in shown(ran.fresh, "program")
        assert shown(ran.fresh, "bytes") == "(False, False)"

    def test_without_the_key_sizes_times_and_turns_are_seen_and_no_text(self, ran: Ran) -> None:
        seen = shown(ran.fresh, "no-key")
        assert seen.count("[encrypted: ") == 4
        assert "Aino" not in seen
        turns = shown(ran.fresh, "no-key-turns")
        assert "offline" in turns
        assert "Aino" not in turns
        assert "home" in shown(ran.fresh, "tags")
        assert "My name is Aino" in shown(ran.fresh, "back")

    def test_a_wrong_key_reads_pops_and_clears_nothing(self, ran: Ran) -> None:
        said = shown(ran.fresh, "wrong")
        for call in ("get_items", "pop_item", "clear_session"):
            assert f"{call}: item 1 of session 'vault' was encrypted with key" in said
        assert "no option --key" in shown(ran.fresh, "line")
        assert shown(ran.fresh, "weak").count("take generate_key()") == 2

    def test_words_are_a_key(self, ran: Ran) -> None:
        assert "You prefer tea." in shown(ran.fresh, "passphrase")

    def test_what_is_there_is_encrypted_rekeyed_and_made_plain(self, ran: Ran) -> None:
        assert "is encrypted now: 2 items" in shown(ran.fresh, "encrypt")
        assert "You prefer light mode." in shown(ran.fresh, "encrypted")
        assert shown(ran.fresh, "rekey").count("AES-256-GCM, key") == 2
        assert "My name is Aino" in shown(ran.fresh, "rekeyed")
        assert "nothing was read" in shown(ran.fresh, "old-key")
        assert "is plain text now: 4 items" in shown(ran.fresh, "decrypt")

    def test_what_the_sdk_encrypted_is_taken_over(self, ran: Ran) -> None:
        assert "2; 2 of them rewritten" in shown(ran.fresh, "from-sdk")
        assert "Nice to meet you, John." in shown(ran.fresh, "ours")

    def test_the_order_of_wrappers_and_the_plain_export_are_told(self, ran: Ran) -> None:
        assert "CompactionSession(EncryptedSession(session, key))" in shown(ran.fresh, "order")
        assert "this file is plain text" in shown(ran.fresh, "export")
        assert shown(ran.fresh, "export").endswith("'0o600'")
