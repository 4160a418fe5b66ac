"""A lane of a comparison: one side in one run, and the conversation that it is asked on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.turn.take import Emit
from workbench.turn.wording import described
from workbench.verbs.compare.asking import Answer, Asked, Asker, place_of
from workbench.verbs.compare.forks import beside, copied, reads_back
from workbench.verbs.compare.keeping import Keeping
from workbench.verbs.compare.scratch import Scratch, new_id
from workbench.verbs.compare.sides import Side


@dataclass(slots=True)
class Lane:
    """``side`` in its ``run``-th conversation: ``session``, once it is open; ``true`` says whether
    that holds what the origin does."""

    side: Side
    run: int
    session: Any = None
    true: bool = True

    async def open(
        self, scratch: Scratch, *, in_place: bool = False, keeping: Keeping | None = None
    ) -> None:
        """Make the copy that the prompts are asked on; ``in_place`` it is the origin itself."""
        if in_place:
            self.session = self.side.origin
            return
        copy = self._copy(keeping)
        scratch.add(copy)
        if self.side.origin is not None:
            await copied(self.side.origin, copy)
            self.true = await reads_back(self.side.origin, copy)
        self.session = copy

    def _copy(self, keeping: Keeping | None) -> Any:
        if keeping is None:
            return beside(self.side.origin, new_id(), store=self.side.store)
        name, store = keeping.name(self.side, self.run), keeping.store(self.side)
        return beside(self.side.origin, name, store=store)

    async def ask(
        self, prompt: Any, number: int, asker: Asker, *, emit: Emit | None = None
    ) -> Answer:
        """The answer to the ``number``-th prompt; an error is part of it."""
        asked = Asked(prompt, number, self.side, self.run)
        return await asker.ask(self.session, asked, copy_is_true=self.true, emit=emit)

    def refused(self, prompt: Any, number: int, error: BaseException) -> Answer:
        """The answer where there is none: the conversation can't be had, or it was stopped."""
        side = self.side
        place = place_of(side.origin) if side.store is None else side.store.url
        if self.session is not None:
            place = place_of(self.session)
        asked = Asked(prompt, number, side, self.run)
        return Answer(asked, place=place, error=described(error))
