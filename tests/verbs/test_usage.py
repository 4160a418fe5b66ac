from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from agents import Agent
from agents.extensions.memory import AdvancedSQLiteSession
from agents.memory import SQLiteSession as SDKSession

import workbench as wb
from tests.openai_server import openai_server
from tests.redis_server import shared_server
from tests.turn.models import Refuses
from workbench.errors import InvalidValue, StoreError, TurnFailed, UnknownSession
from workbench.sessions import CompactionSession, MemorySession
from workbench.stores.sqlite import url_of
from workbench.verbs.fork import fork
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="
LIST = """
[models."gpt-x"]
input = 100
output = 1000
"""


def test_every_named_session_has_a_row() -> None:
    wb.ask("one", "Hi")
    wb.ask("one", "Ho")
    wb.ask("two", "Hi", agent=Agent(name="Ann"))
    found = wb.usage()
    assert found["session"].tolist() == ["one", "two"]
    assert found["turns"].tolist() == [2, 1]
    assert found["cost"].tolist() == [0.0, 0.0]
    assert found["estimated"].all()
    turns = wb.turns("one")
    assert found["total_tokens"][0] == turns["total_tokens"].sum()
    assert found["seconds"][0] == pytest.approx(turns["seconds"].sum())
    assert wb.usage(by=["agent", "model"])[["agent", "turns"]].to_numpy().tolist() == [
        ["Ann", 1],
        ["Assistant", 2],
    ]


def test_tokens_of_a_real_endpoint_have_their_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(LIST)
    with openai_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        wb.ask("paid", "Hi", model="gpt-x-2026-01-01")
        wb.ask("unpriced", "Hi", model="nobody-knows")
    found = wb.usage(prices=mine).set_index("session")
    row = found.loc["paid"]
    assert row["cost"] == pytest.approx((row["input_tokens"] + 10 * row["output_tokens"]) / 1e4)
    assert not row["estimated"]
    assert found.loc["unpriced", "cost"] is pd.NA
    assert found["total_tokens"].gt(0).all()
    assert wb.usage("paid")["cost"].isna().tolist() == [True]
    monkeypatch.setenv("WORKBENCH_PRICES", str(mine))
    assert wb.usage("paid")["cost"].notna().tolist() == [True]


def test_turns_that_failed_or_were_replaced_count_too() -> None:
    wb.ask("demo", "Hi")
    with pytest.raises(TurnFailed):
        wb.ask("demo", "Hi", model=Refuses())
    row = wb.usage("demo").iloc[0]
    assert (row["turns"], row["unknown"]) == (2, 1)


def test_some_sessions_by_name_or_object_each_once() -> None:
    for name in ("one", "two", "three"):
        wb.ask(name, "Hi")
    lone = CompactionSession(MemorySession("lone"))
    wb.ask(lone, "Hi")
    assert wb.usage("two")["session"].tolist() == ["two"]
    found = wb.usage(["two", lone, "one", "two", lone])
    assert found.set_index("session")["turns"].to_dict() == {"lone": 1, "one": 1, "two": 1}
    assert wb.usage([]).empty


def test_a_store_has_a_row_for_each_of_its_sessions(tmp_path: Path) -> None:
    url = url_of(tmp_path / "app.db")
    wb.ask("named", "Hi", store=url)
    server = shared_server()
    server.empty()
    wb.ask("in-redis", "Hi", store=server.url)
    assert wb.usage(store=url)["session"].tolist() == ["named"]
    assert wb.usage(store=server.url)["turns"].tolist() == [1]
    assert wb.usage("named", store=url)["turns"].tolist() == [1]
    assert wb.usage()["session"].tolist() == ["in-redis", "named"]
    with pytest.raises(UnknownSession, match="did you mean 'named'"):
        wb.usage("nmaed", store=url)


def test_no_key_is_needed_for_an_encrypted_one() -> None:
    wb.session("demo", encrypt=True, key=KEY)
    wb.ask("demo", "Hi")
    with pytest.raises(TurnFailed):
        wb.ask("demo", "Hi", model=Refuses())
    workspace().secrets.forget("demo")
    assert wb.usage("demo")["turns"].tolist() == [2]
    assert wb.usage()["turns"].tolist() == [2]


def test_a_session_that_records_no_turns_has_no_row(tmp_path: Path) -> None:
    theirs = SDKSession("app", tmp_path / "app.db")
    wb.ask(theirs, "Hi")
    assert wb.usage(theirs).empty
    theirs.close()


def test_what_a_wrapper_recorded_of_the_sdks_session_counts_without_it(tmp_path: Path) -> None:
    theirs = AdvancedSQLiteSession(
        session_id="app", db_path=tmp_path / "app.db", create_tables=True
    )
    wb.ask(CompactionSession(theirs), "Hi")
    assert wb.usage(theirs)["turns"].tolist() == [1]
    theirs.close()


def test_a_turn_that_a_fork_has_taken_over_counts_once(tmp_path: Path) -> None:
    wb.ask("demo", "Hi")
    wb.ask("demo", "Ho")
    fork("demo", "a-fork", at=1)
    wb.ask("a-fork", "Hm")
    found = wb.usage().set_index("session")["turns"].to_dict()
    assert found == {"demo": 2, "a-fork": 1}
    assert wb.usage(by=[])["turns"].tolist() == [3]
    assert wb.usage("a-fork")["turns"].tolist() == [2]


def test_a_time_limits_the_turns() -> None:
    wb.ask("demo", "Hi")
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    assert len(wb.usage(since=hour)) == 1
    assert len(wb.usage(since=now - hour, until=now + hour)) == 1
    assert wb.usage(since=now + hour).empty
    assert wb.usage(until=hour).empty
    day = wb.usage(by="day")["day"].tolist()[0]
    assert len(wb.usage(since=day)) == 1
    assert wb.usage(by="day", tz="Pacific/Kiritimati")["day"].tolist()[0] >= day


def test_a_store_that_can_not_be_reached_hides_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wb.ask("good", "Hi")
    wb.session("bad", store=url_of(tmp_path / "bad.db"))
    (tmp_path / "bad.db").write_text("no database at all " * 99)
    assert wb.usage()["session"].tolist() == ["good"]
    assert "bad.db" in caplog.text
    with pytest.raises(StoreError, match=r"bad\.db"):
        wb.usage("bad")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "modle"}, "can't be grouped by 'modle'; did you mean 'model'"),
        ({"by": ["day", "day"]}, "a group twice"),
        ({"by": [3]}, "can't be grouped by a int"),
        ({"by": None}, "by is a group or a list of groups, not a NoneType"),
        ({"targets": 5}, "targets are names, session objects, or a list, not a int"),
        ({"tz": "Mars"}, "tz is a time zone"),
        ({"since": "soon"}, "since is a datetime"),
        ({"until": "soon"}, "until is a datetime"),
        ({"targets": [5]}, "a session name or a session object is expected, not a int"),
    ],
)
def test_what_can_not_be_meant_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        wb.usage(**options)


def test_a_name_that_is_not_there_is_refused_with_the_nearest() -> None:
    wb.ask("demo", "Hi")
    with pytest.raises(UnknownSession, match="did you mean 'demo'"):
        wb.usage("dmeo")
