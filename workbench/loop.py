"""The home loop: one event loop in a daemon thread, for all work that plain code asks for.

A notebook's own loop is busy while a cell runs, a script has none, and a widget callback may come
from any thread. So `run` hands a coroutine to the home loop and waits, `watch` also hands back what
the work emits on the way (in the calling thread, so that output lands in the right cell), and
`at_home` awaits from another loop. An interrupt cancels the task itself, waits until it has cleaned
up, and only then is raised again: cancelling the concurrent future would leave the work running.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from workbench.guard import Guard

T = TypeVar("T")
Emit = Callable[[Any], None]

GRACE = 5.0
"""Seconds that interrupted work gets to leave things valid before the interrupt is raised."""


class HomeLoop:
    """An event loop that runs in a daemon thread for the life of the process.

    Threads started from it are daemons too, which is why drivers that keep a thread (aiosqlite)
    are opened on it: they never keep the interpreter from ending.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._serve, name="workbench-home", daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        # A task that raises SystemExit or KeyboardInterrupt stops run_forever: the caller gets the
        # exception from its task, and the loop goes on for everybody else.
        while True:
            with suppress(SystemExit, KeyboardInterrupt):
                self.loop.run_forever()


class Job(Generic[T]):
    """Work on the home loop, begun and cancelled from another thread.

    ``when_done()`` is called on the home loop at its end. The work sees the context variables of
    whoever calls `begin`.
    """

    def __init__(
        self, base: HomeLoop, work: Coroutine[Any, Any, T], when_done: Callable[[], object]
    ) -> None:
        self._loop = base.loop
        self._work = work
        self._when_done = when_done
        self._task: asyncio.Task[T] | None = None

    def begin(self) -> None:
        """Start the work; returns at once."""
        self._loop.call_soon_threadsafe(self._begin)

    def cancel(self) -> None:
        """Cancel the work, or end it before it began; `when_done` is called in both cases."""
        self._loop.call_soon_threadsafe(self._cancel)

    def result(self) -> T:
        """What the work returned, or its exception; only after its end."""
        __tracebackhide__ = True
        if self._task is None:
            raise asyncio.CancelledError
        return self._task.result()

    def forget(self) -> None:
        """Look at the exception, so that asyncio does not report it as never retrieved."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.exception()

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._work)
        self._task.add_done_callback(lambda _task: self._when_done())

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:
            self._work.close()
            self._when_done()


_home: HomeLoop | None = None
_guard = Guard()
_inherited: list[HomeLoop] = []
"""The parent's loop in a forked child: never used, and never cleaned up with a warning."""


def home() -> HomeLoop:
    """The home loop of this process; a forked child gets its own."""
    global _home
    with _guard:
        if _home is None or _home.pid != os.getpid():
            _inherited.extend([_home] if _home else [])
            _home = HomeLoop()
        return _home


def started() -> bool:
    """Whether this process has a home loop already."""
    return _home is not None and _home.pid == os.getpid()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` on the home loop from plain code and return its result.

    Works in a cell, a script, a callback and a thread. Raises RuntimeError on the home loop itself.
    """
    if threading.current_thread() is home().thread:
        work.close()  # it will not be awaited; the error says why
    return watch(lambda _emit: work, lambda _event: None)


class Stop:
    """Called in any thread, it stops the plain calls that have it as `stop`, as Ctrl-C would."""

    def __init__(self) -> None:
        self._asked = False
        self._job: Job[Any] | None = None

    def __call__(self) -> None:
        self._asked = True
        self.over(self._job)

    def over(self, job: Job[Any] | None) -> None:
        """Stop ``job``, which has begun, when it is asked for."""
        self._job = job
        if job is not None and self._asked:
            job.cancel()


stop: contextvars.ContextVar[Stop | None] = contextvars.ContextVar("workbench_stop", default=None)
_END = object()
blocked: contextvars.ContextVar[frozenset[asyncio.AbstractEventLoop]] = contextvars.ContextVar(
    "workbench_blocked", default=frozenset()
)
"""The event loops that stand still until the running work is done: their threads wait for it."""


def _blocked_here() -> frozenset[asyncio.AbstractEventLoop]:
    with suppress(RuntimeError):
        return blocked.get() | {asyncio.get_running_loop()}
    return blocked.get()


def watch(make: Callable[[Emit], Coroutine[Any, Any, T]], handle: Callable[[Any], None]) -> T:
    """Run ``make(emit)`` on the home loop; each ``emit(event)`` is handled in the calling thread.

    A KeyboardInterrupt (or an error of ``handle``) cancels the work, waits for its clean-up up to
    GRACE seconds, and is raised again.
    """
    __tracebackhide__ = True  # IPython leaves it out: a reader's own error is not in here
    base = home()
    if threading.current_thread() is base.thread:
        raise RuntimeError(
            "a plain call of the workbench (wb.ask, wb.session, ...) was made in async code that "
            "runs on its own loop, such as an async tool; await the work instead (Runner.run with "
            "a SQLiteSession), or make the tool a plain function"
        )
    inbox: SimpleQueue[Any] = SimpleQueue()
    work = make(lambda event: inbox.put((event,)))
    job = Job(base, work, lambda: inbox.put(_END))
    stopping = _Stopping(job, inbox)
    token = blocked.set(_blocked_here())
    try:
        job.begin()
        if (asked := stop.get()) is not None:
            asked.over(job)
        while (event := inbox.get()) is not _END:
            handle(event[0])
    except BaseException:
        try:
            stopping.settle()
        except KeyboardInterrupt:  # it may hit between two of its steps
            stopping.settle()
        raise
    finally:
        blocked.reset(token)
    return job.result()


class _Stopping:
    """Cancels work once and waits until it has cleaned up; what it still emits is dropped.

    Interrupts on the way change nothing: pressed again and again, they must not leave the work
    running behind. Plain try statements, as a context manager can be interrupted on its way in.
    """

    def __init__(self, job: Job[Any], inbox: SimpleQueue[Any]) -> None:
        self._job, self._inbox = job, inbox
        self._deadline: float | None = None
        self._asked = self._over = False

    def settle(self) -> None:
        """Wait up to GRACE seconds, counted from the first call on."""
        while not self._over:
            try:
                self._wait()
            except KeyboardInterrupt:
                continue

    def _wait(self) -> None:
        self._deadline = self._deadline or time.monotonic() + GRACE
        if not self._asked:
            self._job.cancel()
            self._asked = True
        with suppress(Empty):
            while self._inbox.get(timeout=max(0.0, self._deadline - time.monotonic())) is not _END:
                pass
        self._over = True
        self._job.forget()


async def at_home(work: Coroutine[Any, Any, T]) -> T:
    """Await ``work`` on the home loop from any loop; cancelling the caller cancels the work.

    The cancellation goes through only when the work has settled, so that nothing is left half-way.
    """
    base = home()
    here = asyncio.get_running_loop()
    if here is base.loop:
        return await work
    ended = asyncio.Event()

    def when_done() -> None:
        with suppress(RuntimeError):  # the caller's loop was closed: nobody waits any more
            here.call_soon_threadsafe(ended.set)

    job = Job(base, work, when_done)
    job.begin()
    cancellation: asyncio.CancelledError | None = None
    while not ended.is_set():
        try:
            await ended.wait()
        except asyncio.CancelledError as exc:
            cancellation = exc
            job.cancel()
    if cancellation is not None:
        job.forget()
        raise cancellation
    return job.result()


def standstill(owner: asyncio.AbstractEventLoop) -> str | None:
    """Why work handed to this loop of another thread would never be done; None when it would."""
    if owner.is_closed() or not owner.is_running():
        return "has ended"
    return "waits for this call" if owner in blocked.get() else None


async def on_loop(owner: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Await ``work`` on the loop ``owner``, from any loop; a cancellation waits until it settled.

    For what belongs to a loop that is not ours: a client that was passed in. Ask `standstill`
    first.
    """
    if owner is asyncio.get_running_loop():
        return await settle(work)
    return await settle(_waited(asyncio.run_coroutine_threadsafe(settle(work), owner)))


async def _waited(there: Future[T]) -> T:
    return await asyncio.wrap_future(there)


async def settle(work: Coroutine[Any, Any, T]) -> T:
    """Await ``work`` to its end even if the caller is cancelled; only then let that through.

    For what must not be left half-way: opening or closing a connection, a write that was sent.
    """
    task = asyncio.ensure_future(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as exc:
            cancellation = exc
    if cancellation is not None:
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it
        raise cancellation
    return task.result()
