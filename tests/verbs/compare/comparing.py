"""What the tests of comparisons share: rows by target, and what stores really hold."""

from __future__ import annotations

import asyncio
from typing import Any

import workbench as wb
from workbench import loop
from workbench.models.offline import OfflineModel
from workbench.verbs.compare import Comparison
from workbench.verbs.compare.asking import Asker
from workbench.verbs.compare.entrants import entrants
from workbench.verbs.compare.journal import JOURNAL, PREFIX
from workbench.verbs.compare.rounds import Rounds
from workbench.verbs.prices import price_list
from workbench.workspace import workspace

KEY = "4Xk-PFnDqT0yQx3uGQ0mcl2-xD0TTjC0Hq0xZzrKq8s="


def rows(made: Comparison) -> Any:
    """The frame by target, for one prompt and one run."""
    return made.frame.set_index("target")


def replies(made: Comparison) -> dict[str, str]:
    """What each target said, to one prompt in one run."""
    return dict(zip(made.frame["target"], made.frame["reply"], strict=True))


def ids(url: str | None = None) -> list[str]:
    """The sessions that a store really holds; None is the workspace's own."""
    place = workspace()
    store = place.store(None) if url is None else place.store_at(url)
    return sorted(info.session_id for info in loop.run(store.list_sessions()))


def nothing_left(url: str | None = None) -> bool:
    """Whether neither a throw-away conversation nor a note of one is there."""
    kept = [each for each in ids(url) if each.startswith(PREFIX)]
    return not kept and not list(workspace().folder.glob(f"{JOURNAL}*"))


def talked(name: str, *prompts: str, **settings: Any) -> None:
    """A named session that has had these turns."""
    wb.session(name, **settings)
    for prompt in prompts:
        wb.ask(name, prompt)


class Says(OfflineModel):
    """Answers with its own name, after a while."""

    def __init__(self, name: str, delay: float = 0.0) -> None:
        super().__init__()
        self.model, self.wait = name, delay

    async def get_response(self, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(self.wait)
        return await super().get_response(*args, **kwargs)


def rounds(targets: Any, **given: Any) -> Rounds:
    """Rounds between targets, as the panel makes them."""
    options = {"session": None, "agent": None, "model": None, "in_place": False, **given}
    prices = price_list()
    return Rounds(workspace(), entrants(targets, prices=prices, **options), Asker({}, prices))


def ask(
    made: Rounds, prompt: str, *, hear: Any = None, repeat: int = 1, go_on: bool = False
) -> Any:
    """One round."""
    heard = hear or (lambda *_: None)
    return loop.run(made.ask(prompt, repeat=repeat, go_on=go_on, hear=heard))


def copies() -> list[str]:
    """The throw-away conversations of the workspace's own store."""
    return [each for each in ids() if each.startswith(PREFIX)]
