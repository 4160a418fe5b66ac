"""A conversation and its plain-list model, driven by generated sequences of operations.

The model is a list of entries in their order, each alive or archived; the session must show the
same after every step, through either of two handles, and after being closed and opened anew. Keys
are the session's own: they must ascend, stay where nothing was put in front, and never come to mean
another entry. `check_sequences` runs it; a new kind of session is one line in
`tests.sessions.test_stateful`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.contract_abilities import record
from tests.stateful_model import Entry, Model
from workbench.protocols import Edit, Key
from workbench.testing.data import message

Open = Callable[[str], Any]
"""Opens a session by its id, as a new handle on the same conversation."""

TEXTS = st.lists(st.sampled_from(["a", "b", "", "käyttäjä 🙂"]), max_size=3)
PICKS = st.lists(st.integers(0, 11), max_size=4)
TURNS = st.sampled_from([None, "t1", "t2"])
HANDLES = st.integers(0, 1)


class Sequences(RuleBasedStateMachine):
    """One conversation. Rules with the same draws do the same: nothing is left to chance."""

    _names = count()

    def __init__(self, opened: Open, *, reused_keys: bool = False) -> None:
        super().__init__()
        self.opened = opened
        self.reused_keys = reused_keys
        self.name = f"s{next(self._names)}"
        self.loop = asyncio.new_event_loop()
        self.model = Model()
        self.meant: dict[Key, Entry] = {}
        self.handles = [opened(self.name), opened(self.name)]

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.handles[0].clear_session())
        for handle in self.handles:
            self.run(handle.close())
        self.loop.close()

    # What must hold after each step

    def check(self, handle: int) -> None:
        """The session shows what the model has."""
        rows = self.run(self.handles[handle].rows())
        archive = self.run(self.handles[handle].archived())
        live, kept = self.model.live(), self.model.kept()
        assert [row.item for row in rows] == [message(entry.text) for entry in live]
        assert [row.turn_id for row in rows] == [entry.turn_id for entry in live]
        assert [each.item for each in archive] == [message(entry.text) for entry in kept]
        assert [each.turn_id for each in archive] == [entry.turn_id for entry in kept]
        assert [each.reason for each in archive] == [(e.archived or (0, ""))[1] for e in kept]
        for entry, key in zip(live + kept, [e.key for e in [*rows, *archive]], strict=True):
            self.check_key(entry, key)
        keys = self.model.keys()
        assert keys == sorted(set(keys)), "keys ascend, archived ones in their places"

    def check_key(self, entry: Entry, key: Key) -> None:
        assert entry.key in (None, key), "an item has a new key, and nothing was put in front"
        if not self.reused_keys:
            assert self.meant.setdefault(key, entry) is entry, "a key has come to mean another item"
        entry.key = key

    def chosen(self, entries: Sequence[Entry], picks: Sequence[int]) -> list[Entry]:
        """Some of ``entries``, each once."""
        picked = [entries[pick % len(entries)] for pick in picks] if entries else []
        return list({id(entry): entry for entry in picked}.values())

    # The four methods

    @initialize(texts=TEXTS, turn_id=TURNS)
    def begin(self, texts: list[str], turn_id: str | None) -> None:
        self.append(0, [*texts, "first"], turn_id)

    @rule(handle=HANDLES, texts=TEXTS)
    def add_items(self, handle: int, texts: list[str]) -> None:
        self.run(self.handles[handle].add_items([message(text) for text in texts]))
        self.model.insert(texts, None, None)
        self.check(1 - handle)

    @rule(handle=HANDLES, limit=st.one_of(st.none(), st.integers(0, 9)))
    def get_items(self, handle: int, limit: int | None) -> None:
        found = self.run(self.handles[handle].get_items(limit))
        items = [message(entry.text) for entry in self.model.live()]
        expected = items if limit is None else items[max(0, len(items) - limit) :]
        assert found == expected

    @rule(handle=HANDLES)
    def pop_item(self, handle: int) -> None:
        live = self.model.live()
        item = self.run(self.handles[handle].pop_item())
        assert item == (message(live[-1].text) if live else None)
        if live:
            self.model.entries.remove(live[-1])
        self.check(1 - handle)

    @rule(handle=HANDLES, sure=st.sampled_from([False] * 5 + [True]))
    def clear_session(self, handle: int, sure: bool) -> None:
        if not sure:
            return  # rarely, or there would never be much to work on
        self.run(self.handles[handle].clear_session())
        self.model.entries.clear()
        self.model.turns.clear()
        self.check(1 - handle)

    # The abilities

    @rule(handle=HANDLES, texts=TEXTS, turn_id=TURNS)
    def append(self, handle: int, texts: list[str], turn_id: str | None) -> None:
        items = [message(text) for text in texts]
        keys = self.run(self.handles[handle].append(items, turn_id=turn_id))
        self.model.insert(texts, turn_id, None)
        new = self.model.entries[len(self.model.entries) - len(texts) :]
        for entry, key in zip(new, keys, strict=True):
            self.check_key(entry, key)
        self.check(1 - handle)

    @rule(handle=HANDLES, picks=PICKS, reason=st.sampled_from(["old", "rewind"]))
    def archive(self, handle: int, picks: list[int], reason: str) -> None:
        named = self.chosen(self.model.entries, picks)
        found = [entry for entry in named if entry.archived is None]
        keys = [entry.key for entry in named]
        assert self.run(self.handles[handle].archive(keys, reason=reason)) == len(found)
        self.model.archive(found, reason)
        self.check(1 - handle)

    @rule(handle=HANDLES, picks=PICKS)
    def restore(self, handle: int, picks: list[int]) -> None:
        named = self.chosen(self.model.kept() or self.model.entries, picks)
        found = [entry for entry in named if entry.archived is not None]
        assert self.run(self.handles[handle].restore([e.key for e in named])) == len(found)
        for entry in found:
            entry.archived = None
        self.check(1 - handle)

    @rule(handle=HANDLES, turn_id=st.sampled_from(["t1", "t2"]), minutes=st.integers(0, 3))
    def save_turn(self, handle: int, turn_id: str, minutes: int) -> None:
        minutes += 10 * (turn_id == "t2")  # two turns that start at one moment have no order
        saved = record(turn_id, minutes=minutes, session_id=self.name, error="läuft nicht")
        self.run(self.handles[handle].save_turn(saved))
        self.model.turns[turn_id] = saved
        expected = sorted(self.model.turns.values(), key=lambda each: each.started_at)
        assert self.run(self.handles[1 - handle].turns()) == expected

    @rule(
        handle=HANDLES,
        archive=PICKS,
        delete=PICKS,
        rewrite=PICKS,
        restore=PICKS,
        texts=TEXTS,
        turn_id=TURNS,
        before=st.sampled_from([0, None, 1, 2, 3, 5, 8]),
        newest=st.sampled_from(["any", "right", "any", "right", "any", "wrong"]),
        stale=st.sampled_from([False] * 9 + [True]),
    )
    def edit(
        self,
        handle: int,
        archive: list[int],
        delete: list[int],
        rewrite: list[int],
        restore: list[int],
        texts: list[str],
        turn_id: str | None,
        before: int | None,
        newest: str,
        stale: bool,
    ) -> None:
        live, kept = self.model.live(), self.model.kept()
        archiving = self.chosen(live, archive)
        deleting = [entry for entry in self.chosen(live, delete) if entry not in archiving]
        rewriting, restoring = self.chosen(live + kept, rewrite), self.chosen(kept, restore)
        follower = self.chosen(live, [] if before is None else [before])
        # Now and then it names an item that is not where the edit needs it.
        wrong = kept[:1] if stale else []
        change = Edit(
            reason="edited",
            archive=[entry.key for entry in archiving + wrong if entry.key is not None],
            delete=[entry.key for entry in deleting if entry.key is not None],
            rewrite={e.key: message("r" + e.text[:2]) for e in rewriting if e.key is not None},
            restore=[entry.key for entry in restoring if entry.key is not None],
            insert=[message(text) for text in texts],
            before=follower[0].key if follower else None,
            turn_id=turn_id,
            newest=self.newest(newest, live),
        )
        keys = self.run(self.handles[handle].edit(change))
        refused = wrong or (newest == "wrong") or {*follower} & {*archiving, *deleting}
        assert (keys is None) == bool(refused)
        if not refused:
            self.model.archive(archiving, "edited")
            self.model.entries = [e for e in self.model.entries if e not in deleting]
            for entry in rewriting:
                entry.text = "r" + entry.text[:2]
            for entry in restoring:
                entry.archived = None
            self.model.insert(texts, turn_id, follower[0] if follower else None)
        self.check(1 - handle)

    @rule(handle=HANDLES, texts=TEXTS, turn_id=TURNS, pick=st.integers(0, 11))
    def insert(self, handle: int, texts: list[str], turn_id: str | None, pick: int) -> None:
        self.edit_plainly(handle, [], [*texts, "new"], turn_id, [pick])

    @rule(handle=HANDLES, size=st.integers(1, 5))
    def summarise(self, handle: int, size: int) -> None:
        live = self.model.live()
        following = [size] if size < len(live) else []
        self.edit_plainly(handle, live[:size], ["summary"], "compaction", following)

    def edit_plainly(
        self,
        handle: int,
        archiving: list[Entry],
        texts: list[str],
        turn_id: str | None,
        before: list[int],
    ) -> None:
        follower = self.chosen(self.model.live(), before)
        change = Edit(
            archive=[entry.key for entry in archiving if entry.key is not None],
            insert=[message(text) for text in texts],
            before=follower[0].key if follower else None,
            turn_id=turn_id,
        )
        assert len(self.run(self.handles[handle].edit(change))) == len(texts)
        self.model.archive(archiving, "edited")
        self.model.insert(texts, turn_id, follower[0] if follower else None)
        self.check(1 - handle)

    def newest(self, which: str, live: list[Entry]) -> Any:
        if which == "any":
            return ...
        right = live[-1].key if live else None
        if which == "right":
            return right
        return live[0].key if len(live) > 1 else None if live else "none"

    # Other hands

    @rule(handle=HANDLES)
    def reopen(self, handle: int) -> None:
        self.run(self.handles[handle].close())
        self.handles[handle] = self.opened(self.name)
        self.check(handle)

    @rule(texts=TEXTS)
    def both_append_at_once(self, texts: list[str]) -> None:
        items = [[message(text) for text in texts], [message("other")]]

        async def both() -> None:
            one, other = self.handles
            await asyncio.gather(one.add_items(items[0]), other.add_items(items[1]))

        self.run(both())
        live = self.model.live()
        found = self.run(self.handles[0].get_items())[len(live) :]
        if found[:1] == items[1] and texts[:1] != ["other"]:
            self.model.insert(["other", *texts], None, None)
        else:
            self.model.insert([*texts, "other"], None, None)
        self.check(1)


def check_sequences(
    opened: Open, *, sequences: int, steps: int, chance: bool = False, **rules: bool
) -> None:
    """Run so many generated sequences; the same ones each time unless left to ``chance``."""
    size = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=not chance,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    machine: Any = partial(Sequences, opened, **rules)  # typed as a class, but any factory will do
    run_state_machine_as_test(machine, settings=size)
