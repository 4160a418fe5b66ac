from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.running import TUTORIALS, steady


def test_every_tutorial_has_its_own_tests() -> None:
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_[0-9]*")}
    assert tested == {path.stem.replace("-", "_") for path in TUTORIALS}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0.4 s · 11 tokens", "16 ms · 11 tokens", True),
        ("0.4 s · 11 tokens", "0.4 s · 12 tokens", False),
        ("at 2026-11-22 10:41:17+00:00", "at 2027-01-02 03:04:05+00:00", True),
        ("Your name is John.", "Your name is Joan.", False),
        ("redis://127.0.0.1:41234/0", "redis://127.0.0.1:50001/0", True),
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6380/0", False),
        ("redis://10.0.0.1:41234/0", "redis://10.0.0.1:50001/0", False),
        ([{"execution_count": 1, "text": "a"}], [{"execution_count": 2, "text": "a"}], True),
    ],
)
def test_only_times_seconds_ids_and_own_ports_may_differ_between_runs(
    one: object, other: object, same: bool
) -> None:
    assert (steady(one) == steady(other)) is same
