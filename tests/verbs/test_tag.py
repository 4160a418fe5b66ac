from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from tests.render.hostile import PAYLOADS
from tests.script import finish, start
from workbench import loop
from workbench.errors import InvalidValue, UnknownSession
from workbench.verbs.card import session_card
from workbench.verbs.manage import delete_session
from workbench.workspace.about import About


@pytest.fixture(autouse=True)
def home(workbench_home: Path) -> Path:
    """A workspace with three sessions."""
    for name in ("one", "two", "three"):
        wb.session(name)
    return workbench_home


def test_what_is_noted_is_returned_and_shown() -> None:
    given = wb.tag("one", "red", title="Trip to Oulu", metadata={"customer": 7})
    assert given == About(title="Trip to Oulu", tags=("red",), metadata={"customer": 7})
    assert wb.tag("one") == given
    assert str(given).splitlines() == [
        "title              Trip to Oulu",
        "tags               red",
        "metadata customer  7",
    ]
    card = loop.run(session_card("one"))
    assert "Trip to Oulu" in str(card)
    assert "customer" in card._repr_mimebundle_()["text/html"]


def test_the_list_has_their_columns_and_looks_by_them() -> None:
    wb.tag("one", "red", "blue", title="Trip to Oulu", metadata={"a": [1]})
    wb.tag("two", "red", title="Matka Ouluun")
    frame = wb.list_sessions().set_index("name")
    assert frame["title"].to_dict() | {"three": None} == {
        "one": "Trip to Oulu",
        "two": "Matka Ouluun",
        "three": None,
    }
    assert (frame["tags"]["one"], frame["metadata"]["one"]) == ("red, blue", '{"a": [1]}')
    assert frame[["title", "tags", "metadata"]].isna().sum().tolist() == [1, 1, 2]
    looks: list[tuple[dict[str, Any], set[str]]] = [
        ({"tag": "red"}, {"one", "two"}),
        ({"tag": ["red", "blue"]}, {"one"}),
        ({"tag": "green"}, set()),
        ({"tag": []}, {"one", "two", "three"}),
        ({"title": "OULU"}, {"one", "two"}),
        ({"title": "trip", "tag": "red"}, {"one"}),
        ({"title": "nothing"}, set()),
        ({"metadata": {"a": [1]}}, {"one"}),
        ({"metadata": {"a": [1]}, "title": "matka"}, set()),
        ({"metadata": {"a": 1}}, set()),
        ({"metadata": {"a": None}}, {"two", "three"}),
    ]
    for how, names in looks:
        found = wb.list_sessions(**how)
        assert set(found["name"]) == names
        assert list(found.dtypes) == list(wb.list_sessions().dtypes)


def test_a_store_has_no_tags_to_look_by() -> None:
    for how in ({"tag": "red"}, {"title": "x"}, {"metadata": {"a": 1}}):
        with pytest.raises(InvalidValue, match="leave store out"):
            wb.list_sessions("memory://", **how)
    with pytest.raises(InvalidValue, match="a title is text"):
        wb.list_sessions(title=3)  # type: ignore[arg-type]


def test_what_is_no_name_is_refused() -> None:
    with pytest.raises(UnknownSession, match="did you mean 'three'"):
        wb.tag("there", "red")
    with pytest.raises(UnknownSession):
        wb.tag("there")
    with pytest.raises(InvalidValue, match="by its name, not as a StoredSession"):
        wb.tag(wb.session("one"), "red")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="no comma"):
        wb.tag("one", "a,b")
    with pytest.raises(InvalidValue, match="a tag is text, not a int"):
        wb.tag("one", remove=3)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="a tag is text, not a int"):
        wb.list_sessions(tag=3)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="metadata is a dict, not a list"):
        wb.list_sessions(metadata=[1])  # type: ignore[arg-type]
    assert not wb.tag("one")


def test_deleting_a_session_forgets_them() -> None:
    wb.tag("one", "red", title="Trip")
    loop.run(delete_session("one"))
    wb.session("one")
    assert not wb.tag("one")


def test_a_hostile_title_does_no_harm() -> None:
    for payload in PAYLOADS:
        about = wb.tag(
            "one", title="".join(filter(str.isprintable, payload)), metadata={"k": payload}
        )
        for shown in (about, loop.run(session_card("one"))):
            bundle = shown._repr_mimebundle_()
            tags = set(re.findall(r"<\s*/?\s*([a-z]+)", bundle["text/html"], re.IGNORECASE))
            assert tags <= {"table", "tr", "th", "td", "span"}
            assert not re.search(r"<[a-z/!]", bundle["text/markdown"], re.IGNORECASE)


def test_two_programs_that_tag_at_once_lose_nothing(home: Path, tmp_path: Path) -> None:
    source = "import sys, workbench as wb\nfor n in range(15): wb.tag('one', f'{sys.argv[1]}{n}')"
    env = {"WORKBENCH_HOME": str(home)}
    for program in [start(source, who, folder=tmp_path, env=env) for who in "ab"]:
        finish(program)
    assert set(wb.tag("one").tags) == {f"{who}{n}" for who in "ab" for n in range(15)}
    assert isinstance(wb.list_sessions(tag=["a0", "b14"]), pd.DataFrame)
