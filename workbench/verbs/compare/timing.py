"""Where the time of a turn goes: loading the history, the model, saving.

The session is timed from outside, so what stands around a store (encryption, compaction) is part of
loading and saving; waiting for another turn of the same session is not. Calls of the model are
timed between the SDK's own hooks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents import RunHooks

_LOADS = frozenset({"get_items", "rows"})
_SAVES = frozenset({"add_items", "append"})


@dataclass(slots=True)
class Seconds:
    """Seconds spent so far."""

    load: float = 0.0
    model: float = 0.0
    save: float = 0.0

    def since(self, before: Seconds) -> Seconds:
        """What was spent after ``before``."""
        names = [each.name for each in fields(self)]
        return Seconds(**{name: getattr(self, name) - getattr(before, name) for name in names})


class TimedSession:
    """``inner`` with its loads and saves timed; all else is the inner session's own, its class too:
    the Runner and the turn ask for classes and abilities, and treat some of them specially.
    """

    def __init__(self, inner: Any, spent: Seconds) -> None:
        self.inner = inner
        self._spent = spent

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if name in _LOADS:
            return self._timed(found, "load")
        return self._timed(found, "save") if name in _SAVES else found

    @property  # type: ignore[misc]  # what isinstance asks for
    def __class__(self) -> type:
        return type(self.inner)

    # From Python 3.12 on, isinstance looks for these in the class itself.
    session_id = property(lambda self: self.inner.session_id)
    session_settings = property(lambda self: getattr(self.inner, "session_settings", None))
    get_items = property(lambda self: self.__getattr__("get_items"))
    add_items = property(lambda self: self.__getattr__("add_items"))
    pop_item = property(lambda self: self.inner.pop_item)
    clear_session = property(lambda self: self.inner.clear_session)

    def _timed(self, call: Callable[..., Any], part: str) -> Callable[..., Any]:
        @wraps(call)  # the SDK looks at the signature
        async def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return await call(*args, **kwargs)
            finally:
                spent = time.perf_counter() - begun
                setattr(self._spent, part, getattr(self._spent, part) + spent)

        return timed


def model_hooks(spent: Seconds) -> tuple[RunHooks[Any], Callable[[], None]]:
    """Hooks of one run that time its model, and what ends the timing of a call that failed."""
    from agents import RunHooks

    begun: list[float] = []

    def end() -> None:
        while begun:
            spent.model += time.perf_counter() - begun.pop()

    class ModelClock(RunHooks[Any]):
        async def on_llm_start(self, *args: Any, **kwargs: Any) -> None:
            end()
            begun.append(time.perf_counter())

        async def on_llm_end(self, *args: Any, **kwargs: Any) -> None:
            end()

    return ModelClock(), end
