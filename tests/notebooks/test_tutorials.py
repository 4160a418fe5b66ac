from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebook_kernel import environment
from tests.notebooks.running import ALONE, TUTORIALS, steady


def test_every_tutorial_has_its_own_tests() -> None:
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_[0-9]*")}
    assert tested == {path.stem.replace("-", "_") for path in TUTORIALS}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0.4 s · 11 tokens", "16 ms · 11 tokens", True),
        ("0.4 s · 11 tokens", "0.4 s · 12 tokens", False),
        ("at 2026-11-22 10:41:17+00:00", "at 2027-01-02 03:04:05+00:00", True),
        ("on 2026-11-22  3 turns", "on 2027-01-02  3 turns", True),
        ("on 2026-11-22  3 turns", "on 2027-01-02  4 turns", False),
        ("AES-256-GCM, key f9a55afe", "AES-256-GCM, key d467a2d7", True),
        ("[time] 8 ms\n[model] a", "[time] a: 8 ms; b: 9 ms\n[model] a", True),
        ("[time] 8 ms\n[model] a", "[time] 8 ms\n[model] b", False),
        ("Your name is John.", "Your name is Joan.", False),
        ("redis://127.0.0.1:41234/0", "redis://127.0.0.1:50001/0", True),
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6380/0", False),
        (
            "conv_01a22fa6-77e1-7e72-b4b1-2bffd442092e",
            "conv_11b33fa6-88e1-7e72-b4b1-3cffd442092f",
            True,
        ),
        ("redis://10.0.0.1:41234/0", "redis://10.0.0.1:50001/0", False),
        ([{"execution_count": 1, "text": "a"}], [{"execution_count": 2, "text": "a"}], True),
    ],
)
def test_only_times_seconds_ids_and_own_ports_may_differ_between_runs(
    one: object, other: object, same: bool
) -> None:
    assert (steady(one) == steady(other)) is same


def test_a_tutorial_reaches_no_other_machine(tmp_path: Path) -> None:
    source = """
import openai
client = openai.OpenAI(api_key="test", max_retries=0, timeout=5)
try:
    client.models.list()
except openai.APIConnectionError as error:
    print("refused" if "refused" in str(error.__cause__) else repr(error.__cause__))
"""
    env = environment(tmp_path) | ALONE
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, env=env)
    assert ran.stdout.strip() == "refused", ran.stderr
