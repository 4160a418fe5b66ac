"""Compacted and encrypted sessions in a real kernel, and in the next one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.notebook_kernel import PATIENCE, Kernel, Ran, kernel

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
SECRET = "The-word-is-mellon"
WITH_KEY = f"import os\nos.environ['WORKBENCH_KEY'] = {KEY!r}\nimport workbench as wb"


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (folder / ".workbench").iterdir())


def test_a_compacted_and_encrypted_conversation_outlives_its_kernel(tmp_path: Path) -> None:
    cell = "%%agent --session demo --max-messages 4 --encrypt\n"
    with kernel(tmp_path) as first:
        first.ok(WITH_KEY)
        first.ok(cell + f"My name is John. {SECRET}")
        outs = [first.ok(cell + f"My number is {number}").out for number in range(5)]
        assert any("ompacted" in out for out in outs)
        assert "John" in first.ok(cell + "What's my name?").text
        assert first.ok("print(len(wb.history('demo')) <= 5)").out == "True\n"
        shown = first.ok("wb.history('demo', full=True)").displays[0]
        assert SECRET in first.ok("print(wb.history('demo', full=True)['content'].iloc[0])").out
        assert "gray" in shown["text/html"]
        assert shown["text/plain"].split()[0] == "archived"
        assert SECRET.encode() not in written(tmp_path)
        assert KEY.encode() not in written(tmp_path)
    with kernel(tmp_path) as second:
        ran = second.run("%agent -s demo What's my name?")
        assert "WORKBENCH_KEY" in ran.err
        assert "Traceback" not in ran.err
        frame = second.ok("import workbench as wb\nprint(set(wb.history('demo')['type']))")
        assert frame.out == "{'encrypted'}\n"
        second.ok(WITH_KEY)
        assert "John" in second.ok("%agent -s demo What's my name?").text
        info = second.ok("%session info demo").text
        assert "above 4 messages" in info
        assert "AES-256-GCM, key " in info


def asked(kernel: Kernel, source: str, *answers: str) -> Ran:
    """Run a cell that asks, in a front end where somebody answers unseen."""
    request = kernel.client.execute(source, allow_stdin=True)
    for answer in answers:
        question: dict[str, Any] = kernel.client.get_stdin_msg(timeout=PATIENCE)
        assert question["content"]["password"], "what is typed must not be seen"
        kernel.client.input(answer)
    return kernel.end(request)


def test_a_key_that_is_typed_in_shows_nowhere(tmp_path: Path) -> None:
    with kernel(tmp_path) as first:
        ran = asked(first, "%agent -s demo --encrypt My name is John", KEY, KEY)
        assert ran.failed is None
        again = first.ok("%agent -s demo What's my name?")
        assert "John" in again.text
        assert KEY not in str([*ran.messages, *again.messages])
    assert KEY.encode() not in written(tmp_path)


SLOW = """
import time
import workbench as wb
def slow(items):
    print("summing up", flush=True)
    time.sleep(1.5)
    return "[conversation summary] Their name is John."
wb.session("demo", max_messages=4, summary_model=slow)
"""


def test_an_interrupt_while_a_summary_is_made_leaves_the_conversation_whole(
    tmp_path: Path,
) -> None:
    with kernel(tmp_path) as running:
        running.ok(SLOW)
        running.ok("%agent -s demo My name is John")
        running.ok("%agent -s demo My number is 1")
        request = running.begin("%agent -s demo My number is 2")
        ran = running.until(request, "stream")
        while "summing up" not in ran.out:
            ran = running.until(request, "stream")
        time.sleep(0.2)
        running.interrupt()
        ended = running.end(request, ran)
        assert ended.seconds < 5
        told = running.ok("print(*wb.history('demo')['content'], sep='\\n')").out.splitlines()
        assert told[:4:2] == ["My name is John", "My number is 1"]
        assert len(told) in (4, 6), "the last turn is there whole, or not at all"
        running.ok("wb.session('demo', max_messages=40)")
        assert "John" in running.ok("%agent -s demo What's my name?").text
