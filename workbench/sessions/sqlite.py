"""A session in a SQLite file, in the layout of the SDK's own ``SQLiteSession``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.places import workspace_file
from workbench.protocols import Store
from workbench.sessions.sharing import SharingSession
from workbench.stores import open_store
from workbench.stores.sqlite import SQLiteStore, url_of


class SQLiteSession(SharingSession):
    """A conversation in a SQLite file, laid out as by the SDK's own ``SQLiteSession``.

    ``db_path`` is the file (made with its folders at the first write), ``":memory:"`` a database of
    this object's own, or None for the workspace's file (``.workbench/workbench.db``, or in
    ``WORKBENCH_HOME``). Sessions of one file share its connection; the last one that is closed
    closes it. Reading a long history pauses Python's garbage collector, process-wide, for
    milliseconds at a time; with ``pause_gc=False`` it never does. The file as a store URL:
    ``sqlite:///FILE``, with the options of `workbench.stores.sqlite`.

    >>> from agents import Agent, Runner
    >>> session = wb.SQLiteSession("user_456_chat", "./data/conversations.db")
    >>> result = await Runner.run(Agent(name="Assistant"), "My name is John", session=session)
    >>> await session.get_items(limit=2)
    [{'content': 'My name is John', 'role': 'user'}, ...]

    Layout
        A row for each session in ``agent_sessions``, and for each item, as JSON, in
        ``agent_messages``: these are the SDK's, which reads what is written here and the other way
        round. Beside them lie tables of the workbench's own: ``workbench_items`` (the turn of an
        item), ``workbench_turns``, ``workbench_archive`` (what was taken out, hidden items too),
        ``workbench_changes`` (how often something was changed in place, counted by triggers), and
        after the first search the index of words, ``workbench_words`` and ``workbench_search...``.
        A file without them opens all the same, and gets them at the first write.
    Guarantees
        A write is one transaction: all of it, in order, or nothing. So is what changes history
        (compaction, encryption, rewind, edit), and what that takes out is in the archive. With WAL
        and ``synchronous=FULL``, as it is run, a write that has returned survives a crash and a
        power cut. A read sees one moment. Any number of threads, event loops and processes may use
        one file at once; their writers take turns, and one that waits for another program's lock
        longer than ``timeout`` raises StoreLocked. An item that is damaged raises CorruptItem with
        its place; it is never left out.
    Limits
        One machine: SQLite's locks don't hold on a network share. What was deleted may stay in the
        file's free pages until SQLite uses them again; encrypting and decrypting write the file
        anew. A file that a later version of the workbench has laid out is only read.
    Costs
        A commit, so one sync of the disk, for all appends that wait at that moment. Time divided by
        that of the SDK's class: 0.8 for the append of a turn, 0.2 for 16 sessions that append at
        once, 0.3 for reading 100,000 items (0.8 with ``pause_gc=False``), 0.4 for the last 20 of
        them (``python -m tests.bench`` measures it).
    To leave
        Give the file to the SDK's ``SQLiteSession``; encrypted items come first through
        ``wb.decrypt``. What begins with ``workbench_`` may be dropped, triggers first, and is made
        anew when it is needed; hidden and summarised items are lost with the archive. ``wb.copy``
        brings a conversation to another store, ``wb.export`` to a file.
    """

    def __init__(
        self,
        session_id: str,
        db_path: str | Path | None = None,
        *,
        session_settings: Any = None,
        pause_gc: bool = True,
    ) -> None:
        options = {} if pause_gc else {"pause_gc": "0"}
        store: Store
        if db_path is None:
            store = open_store(url_of(workspace_file(), **options, private="1"))
        elif str(db_path) == ":memory:":
            store = SQLiteStore(None, pause_gc=pause_gc)
        else:
            store = open_store(url_of(Path(db_path).expanduser().absolute(), **options))
        super().__init__(store, session_id, session_settings=session_settings)
