"""Sessions in a SQLite file and the Parquet that is made of them, for the tests of both."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.frames.conversations import TALK, record
from workbench import loop
from workbench.sessions import EncryptedSession, SQLiteSession
from workbench.verbs import session_folder
from workbench.verbs.session_folder import MARK

KEY = "your-32-byte-encryption-key-here"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.fixture
def url(db: Path) -> str:
    return f"sqlite:///{db}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "table"


def file_name(name: str) -> str:
    """The file of a session in a folder of Parquet."""
    return session_folder.file_name(name, ".parquet")


def fill(db: Path, *names: str) -> None:
    """Sessions of two turns each, of which the first is recorded."""
    for name in names:
        session = SQLiteSession(name, db)
        loop.run(session.append(TALK[:4], turn_id="t1"))
        loop.run(session.append(TALK[4:], turn_id="t2"))
        loop.run(session.save_turn(record("t1", 0)))


def files(folder: Path) -> dict[str, int]:
    """The files with the number that a file loses when it is replaced."""
    return {each.name: each.stat().st_ino for each in folder.iterdir() if each.name != MARK}


def as_table(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of ``wb.history`` as it is kept in Parquet: its items as text."""
    return frame.assign(item=frame["item"].map(json.dumps).astype("string"))


def same(found: pd.DataFrame, frame: pd.DataFrame) -> None:
    """Whether a frame that was read is this history."""
    found = found.assign(item=found["item"].map(json.loads).map(json.dumps).astype("string"))
    pd.testing.assert_frame_equal(found.reset_index(drop=True), as_table(frame))


def secret(db: Path, name: str = "secret") -> None:
    loop.run(EncryptedSession(SQLiteSession(name, db), KEY).append(TALK, turn_id="t1"))
