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
        ("on 2026-11-22  3 turns", "on 2027-01-02  3 turns", True),
        ("on 2026-11-22  3 turns", "on 2027-01-02  4 turns", False),
        ("AES-256-GCM, key f9a55afe", "AES-256-GCM, key d467a2d7", True),
        ("[time] 8 ms\n[model] a", "[time] a: 8 ms; b: 9 ms\n[model] a", True),
        ("[time] 8 ms\n[model] a", "[time] 8 ms\n[model] b", False),
        ("Your name is John.", "Your name is Joan.", False),
        ([{"execution_count": 1, "text": "a"}], [{"execution_count": 2, "text": "a"}], True),
    ],
)
def test_only_times_seconds_and_ids_may_differ_between_runs(
    one: object, other: object, same: bool
) -> None:
    assert (steady(one) == steady(other)) is same
