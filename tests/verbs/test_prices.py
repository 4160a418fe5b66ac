from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from workbench.errors import InvalidValue
from workbench.models.response import NAME
from workbench.verbs import prices
from workbench.verbs.prices import PACKAGED, price_list

LIST = """
source = "made up"
checked = 2026-01-02
[models."gpt-x"]
input = 2.0
cached = 0.5
output = 10
window = 1000
[models."gpt-x-2026-01-01"]
input = 1.0
output = 1.0
[models."only-window"]
window = 7
"""


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(LIST)
    return path


def test_a_cost_is_dollars_for_a_million_tokens(listed: Path) -> None:
    mine = price_list(listed)
    assert mine.cost("gpt-x", 1_000_000, 0) == 2.0
    assert mine.cost("gpt-x", 1_000_000, 500_000) == 7.0
    assert mine.cost("gpt-x", 1_000_000, 0, cached_tokens=400_000) == pytest.approx(1.4)
    assert mine.cost("gpt-x-2026-01-01", 1_000_000, 0, cached_tokens=400_000) == 1.0
    assert mine.cost("gpt-x", 0, 0) == 0.0


def test_a_dated_name_has_the_price_of_its_model_and_no_other_name_has(listed: Path) -> None:
    mine = price_list(listed)
    assert mine.of("gpt-x-2026-05-05") == mine.of("gpt-x")
    assert mine.of("gpt-x-2026-01-01").input == 1.0
    for name in ("gpt-x-mini", "gpt-x-mini-2026-05-05", "gpt", "my-gpt-x", "", None):
        assert mine.of(name).input is None
        assert mine.cost(name, 5, 5) is None


def test_the_prefix_of_an_api_is_no_part_of_the_name(listed: Path) -> None:
    mine = price_list(listed)
    for name in ("chat:gpt-x", "responses:gpt-x", "openai/gpt-x", "chat:openai/gpt-x"):
        assert mine.cost(name, 1_000_000, 0) == 2.0
    assert mine.cost("litellm/openai/gpt-x", 1, 1) is None


def test_what_is_not_known_is_never_zero(listed: Path) -> None:
    mine = price_list(listed)
    assert mine.cost("only-window", 0, 0) is None
    assert mine.cost("gpt-x", None, 3) is None
    assert mine.cost("gpt-x", 3, None) is None
    assert mine.of("only-window").window == 7
    assert mine.of("gpt-x-2026-01-01").window is None


def test_the_offline_model_costs_nothing_whatever_the_list_says(listed: Path) -> None:
    assert prices.OFFLINE == NAME
    assert price_list(listed).cost(NAME, 10, 10) == 0.0
    assert price_list(listed).cost(NAME, None, None) == 0.0
    assert price_list(listed).of(NAME).window is None


def test_the_packaged_list_says_where_it_is_from_and_holds_only_what_fits() -> None:
    packaged = price_list()
    assert packaged.path == PACKAGED
    assert "OpenAI" in packaged.source
    assert isinstance(packaged.checked, date)
    assert packaged.cost("gpt-4o-2024-08-06", 1_000_000, 1_000_000) == 12.5
    assert packaged.of("gpt-4o-2024-05-13").input == 5.0
    assert not packaged.knows("gpt-5.2-mini")
    for name, price in packaged.models.items():
        assert price.window or price.input is not None, name
        assert (price.input is None) == (price.output is None), name
        assert price.input is None or (price.cached or 0) < price.input < (price.output or 0), name


def test_the_windows_are_those_the_sdk_knows() -> None:
    from agents.sandbox.capabilities.compaction import CompactionModelInfo

    for name, price in price_list().models.items():
        known = CompactionModelInfo.maybe_for_model(name)
        assert known is None or known.context_window == price.window, name


def test_another_list_takes_its_place(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_PRICES", str(listed))
    assert price_list().source == "made up"
    assert price_list().checked == date(2026, 1, 2)
    assert price_list().cost("gpt-4o", 1, 1) is None
    assert price_list(PACKAGED).knows("gpt-4o")
    assert price_list(str(listed)) == price_list()


def test_a_list_that_changes_is_read_anew(listed: Path) -> None:
    before = price_list(listed).cost("gpt-x", 1_000_000, 0)
    listed.write_text(LIST.replace("input = 2.0", "input = 3.0"))
    assert (before, price_list(listed).cost("gpt-x", 1_000_000, 0)) == (2.0, 3.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models = [", "is not TOML"),
        ("source = 'x'", "has no models"),
        ("models = 3", "has no models"),
        ("model = 3", "did you mean 'models'"),
        ("[models]\na = 3", "a model has input, cached, output and window"),
        ("[models.a]\ninptu = 3", "did you mean 'input'"),
        ("[models.a]\ninput = -1", "input is dollars from 0, not '-1'"),
        ("[models.a]\ninput = inf", "input is dollars from 0"),
        ("[models.a]\ninput = nan", "input is dollars from 0"),
        ("[models.a]\ninput = true", "input is dollars from 0"),
        ("[models.a]\noutput = '3'", "output is dollars from 0"),
        ("[models.a]\nwindow = 0", "window is a number of tokens from 1"),
        ("[models.a]\nwindow = 1.5", "window is a number of tokens from 1"),
    ],
)
def test_a_wrong_list_is_refused_with_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(InvalidValue, match=said) as caught:
        price_list(path)
    assert "wrong.toml" in str(caught.value)


def test_a_list_that_can_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_PRICES", str(tmp_path / "none.toml"))
    with pytest.raises(InvalidValue, match=r"none\.toml' can't be read: No such file"):
        price_list()
    (tmp_path / "none.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidValue, match="not UTF-8"):
        price_list()
    with pytest.raises(InvalidValue, match="not a dict"):
        price_list({"gpt-x": 3})
