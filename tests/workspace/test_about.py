from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.script import finish, start
from tests.stores.files import sql
from workbench import loop
from workbench.errors import InvalidValue, StoreUnusable, UnknownSession
from workbench.testing.data import NAMES
from workbench.workspace import Workspace
from workbench.workspace.about import About, Noted, about_of, all_of, changed, noted


async def about(place: Workspace, *tags: str, **more: Any) -> About:
    return await place.note("demo", noted(tags, **more))


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    loop.run(made.open("demo"))
    return made


async def test_what_is_noted_is_there_for_the_next_kernel(place: Workspace) -> None:
    data = {"customer": 7, "ok": True, "more": {"a": [1, 2.5, None]}}
    given = await about(place, "red", "blue", title="Trip to Oulu", metadata=data)
    assert given == About(title="Trip to Oulu", tags=("red", "blue"), metadata=data)
    assert (await Workspace(place.folder).get("demo")).about == given
    assert given
    assert not About()


async def test_a_change_leaves_the_rest_as_it_is(place: Workspace) -> None:
    await about(place, "red", "blue", title="Trip", metadata={"a": 1, "b": 2})
    assert (await about(place, "green", remove=["red"])).tags == ("blue", "green")
    left = await about(place, title="", metadata={"a": None, "c": [3]})
    assert left == About(tags=("blue", "green"), metadata={"b": 2, "c": [3]})
    gone = await about(place, remove=left.tags, metadata=dict.fromkeys("bc"))
    assert gone == About() == (await place.get("demo")).about
    assert sql(place.file, "SELECT about FROM workbench_names") == [(None,)]


async def test_a_tag_that_is_there_is_not_added_twice(place: Workspace) -> None:
    await about(place, "caf\u00e9")
    again = await about(place, "cafe\u0301", " caf\u00e9 ", "two   words")
    assert again.tags == ("caf\u00e9", "two words")


@pytest.mark.parametrize(
    ("tags", "more", "said"),
    [
        (["a,b"], {}, "no comma"),
        ([""], {}, "not empty text"),
        ([" \n"], {}, "not empty text"),
        ([3], {}, "text, not a int"),
        (["a\x1b[31m"], {}, "control characters"),
        (["\ud800"], {}, "halves of characters"),
        (["x" * 65], {}, "64 characters at most, not 65"),
        ([], {"title": "x" * 201}, "200 characters at most"),
        ([], {"title": 5}, "a title is text"),
        (["a"], {"remove": "a"}, "which of them"),
        ([], {"metadata": [1]}, "metadata is a dict, not a list"),
        ([], {"metadata": {"": 1}}, "not empty"),
        ([], {"metadata": {1: 1}}, "is text, not a int"),
        ([], {"metadata": {"a": float("nan")}}, "JSON can't hold this float"),
        ([], {"metadata": {"a": object()}}, "JSON can't hold this object"),
        ([], {"metadata": {"a": (1, 2)}}, "JSON can't hold this tuple"),
        ([], {"metadata": {"a": "\ud800"}}, "JSON can't hold this str"),
        ([], {"metadata": {"a": {1: 2}}}, "JSON can't hold this dict"),
    ],
)
def test_what_cannot_be_noted_is_refused_with_a_reason(tags: Any, more: Any, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        noted(tags, **more)


async def test_too_much_is_refused_and_nothing_is_changed(place: Workspace) -> None:
    kept = await about(place, *(f"t{number}" for number in range(100)))
    with pytest.raises(InvalidValue, match="100 tags at most"):
        await about(place, "one more")
    with pytest.raises(InvalidValue, match="65536 bytes at most"):
        await about(place, metadata={"long": "x" * 70_000})
    assert (await place.get("demo")).about == kept


@pytest.mark.parametrize("text", NAMES.values(), ids=NAMES)
async def test_odd_metadata_comes_back_as_it_was(place: Workspace, text: str) -> None:
    assert (await about(place, metadata={"odd": text})).metadata == {"odd": text}
    assert (await place.get("demo")).about.metadata == {"odd": text}


async def test_a_name_that_nobody_knows_is_refused_and_makes_no_file(tmp_path: Path) -> None:
    place = Workspace(tmp_path / "new")
    with pytest.raises(UnknownSession):
        await about(place, "red")
    assert not place.file.exists()
    await place.open("dmeo")
    with pytest.raises(UnknownSession, match="did you mean 'dmeo'"):
        await about(place, "red")


async def test_deleting_a_name_forgets_what_was_noted(place: Workspace) -> None:
    await about(place, "red")
    await place.forget("demo")
    entry, _ = await place.open("demo")
    assert entry.about == (await place.get("demo")).about == About()


async def test_a_file_of_before_is_read_and_gets_its_column_when_it_is_written(
    place: Workspace,
) -> None:
    sql(place.file, "ALTER TABLE workbench_names DROP COLUMN about")
    sql(place.file, "ALTER TABLE workbench_names DROP COLUMN wrappers")
    later = Workspace(place.folder)
    assert (await later.get("demo")).about == About()
    assert (await about(later, "red")).tags == ("red",)
    await later.wrap("demo", max_messages=20)
    entry = await later.get("demo")
    assert (entry.about.tags, entry.wrappers.max_messages) == (("red",), 20)


async def test_what_a_later_version_has_noted_stays(place: Workspace) -> None:
    sql(place.file, "UPDATE workbench_names SET about = ?", '{"tags": ["a"], "colour": "red"}')
    assert (await about(place, "b")).tags == ("a", "b")
    ((kept,),) = sql(place.file, "SELECT about FROM workbench_names")
    assert json.loads(kept) == {"tags": ["a", "b"], "colour": "red"}


@pytest.mark.parametrize("text", ["[]", "{", '{"tags": "a"}', '{"title": 1}', '{"tags": [1]}'])
async def test_a_damaged_entry_is_named(place: Workspace, text: str) -> None:
    sql(place.file, "UPDATE workbench_names SET about = ?", text)
    with pytest.raises(StoreUnusable, match="what is noted about it can't be read"):
        await place.get("demo")
    with pytest.raises(StoreUnusable, match="what is noted about it can't be read"):
        await about(place, "red")
    assert sql(place.file, "SELECT about FROM workbench_names") == [(text,)]


TAGS = """
import asyncio, sys
from pathlib import Path
from workbench.workspace import Workspace
from workbench.workspace.about import noted
async def main(who):
    place = Workspace(Path("home"))
    await place.open("demo")
    for number in range(20):
        await place.note("demo", noted([f"{who}{number}"], metadata={f"{who}{number}": number}))
asyncio.run(main(sys.argv[1]))
"""


async def test_two_kernels_that_note_at_once_lose_nothing(tmp_path: Path) -> None:
    for running in [start(TAGS, who, folder=tmp_path) for who in ("one", "two")]:
        await asyncio.to_thread(finish, running)
    found = (await Workspace(tmp_path / "home").get("demo")).about
    assert (
        set(found.tags)
        == set(found.metadata)
        == {f"{w}{n}" for w in ("one", "two") for n in range(20)}
    )


def test_everything_that_is_noted_can_be_noted_of_a_copy() -> None:
    given = About(title="t", tags=("a", "b"), metadata={"k": [1]})
    assert about_of(changed(None, all_of(given))) == given
    assert changed(None, all_of(About())) is None
    assert all_of(About()) == Noted() == noted()


def test_it_shows_itself_and_hostile_text_stays_text() -> None:
    shown = About(
        title="<b>|x</b> \\href{javascript:1}{x}", tags=("a|b",), metadata={"k<": {"a": 1}}
    )
    bundle = shown._repr_mimebundle_()
    assert str(shown) == bundle["text/plain"]
    assert "&lt;b&gt;|x&lt;/b&gt;" in bundle["text/html"]
    assert "\\href" not in bundle["text/html"]
    assert "<b>" not in bundle["text/markdown"]
    assert str(About()) == "title, tags, metadata  none"
