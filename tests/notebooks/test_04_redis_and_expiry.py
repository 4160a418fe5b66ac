from __future__ import annotations

from tests.notebooks.contract import Ran, TutorialContract
from tests.notebooks.running import shown


class TestRedisAndExpiry(TutorialContract):
    name = "04-redis-and-expiry"

    def test_it_runs_on_a_server_of_its_own_and_ends_it(self, ran: Ran) -> None:
        for notebook in (ran.fresh, ran.again):
            assert "redis://127.0.0.1:" in shown(notebook, "dark-mode")
            assert "redis://127.0.0.1:6379" not in shown(notebook, "dark-mode")
            assert shown(notebook, "stop").strip() == "ended with 0"
        assert {path.name for path in ran.folder.iterdir()} >= {".workbench"}
        assert not list(ran.folder.glob("*.rdb")) + list(ran.folder.glob("*.aof"))

    def test_the_conversation_goes_on_in_cells_and_in_another_program(self, ran: Ran) -> None:
        for identity in ("preferences", "program"):
            assert "You prefer dark mode and you set language to Finnish." in shown(
                ran.fresh, identity
            )

    def test_the_session_says_what_the_server_does_with_it(self, ran: Ran) -> None:
        told = dict(line.split(maxsplit=1) for line in shown(ran.fresh, "info").splitlines())
        assert told["expires"] == "never"
        assert told["kept"] == "in the server's memory only: a restart loses it"

    def test_what_is_added_together_stays_together(self, ran: Ran) -> None:
        said = shown(ran.fresh, "appends").split("\n")
        assert said[:2] == ["40 items", "parted from its answer: []"]

    def test_the_sdk_and_the_workbench_read_each_other(self, ran: Ran) -> None:
        assert "Nice to meet you, Aino." in shown(ran.fresh, "sdk")
        assert "What are my preferences?" in shown(ran.fresh, "sdk-reads")
        counts = [line.split() for line in shown(ran.fresh, "list").splitlines()[2:]]
        assert counts == [["visit", "8"], ["counter", "40"], ["support-7", "2"]]

    def test_a_session_expires_after_its_last_write(self, ran: Ran) -> None:
        first, second = shown(ran.fresh, "ttl").splitlines()
        assert first.startswith("3 items")
        assert second.startswith("0 items")
        assert "60 min after the last write" in shown(ran.fresh, "hour-info")

    def test_a_copy_goes_on_in_redis(self, ran: Ran) -> None:
        assert "every item read back and compared" in shown(ran.fresh, "copy")
        assert "You live in Oulu." in shown(ran.fresh, "copied")
        assert "redis://" in shown(ran.fresh, "copied")

    def test_trouble_is_one_sentence_and_a_password_is_not_shown(self, ran: Ran) -> None:
        unreachable, no_cluster = filter(None, shown(ran.fresh, "trouble").splitlines())
        assert "can't be reached" in unreachable
        assert no_cluster.endswith("is no cluster: write redis://HOST:PORT")
        assert "correct-horse" not in shown(ran.fresh, "password")
