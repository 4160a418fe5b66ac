"""The next of kin of a session: what it was forked from, and what was forked from it."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.render.family import fork_point
from workbench.workspace import Name, Workspace
from workbench.workspace.family import Fork, Member, forks


@dataclass(frozen=True, slots=True)
class Kin:
    """The nearest of a session: what it was forked from, and what was forked from it."""

    origin: Fork | None
    forks: tuple[Fork, ...]

    def lines(self) -> list[tuple[str, str]]:
        """What ``%session info`` says of them: a label and its value each."""
        lines = []
        if self.origin is not None:
            at = fork_point(self.origin.turn)
            lines.append(("forked from", f"{self.origin.origin.name}, {at}"))
        if self.forks:
            lines.append(("forks", ", ".join(fork.member.name for fork in self.forks)))
        return lines


async def kin_of(place: Workspace, entry: Name) -> Kin:
    """What is remembered of a named session's next of kin, deleted or not."""
    made, member = await forks(place), Member.of(entry)
    origin = next((fork for fork in made if fork.member == member), None)
    return Kin(origin, tuple(fork for fork in made if fork.origin == member))
