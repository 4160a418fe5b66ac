"""Closing at the end of a ``with``: the same for every session."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class ClosesAtTheEnd:
    """``async with session:`` closes it."""

    async def close(self) -> None:
        """Let go of what is held."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
