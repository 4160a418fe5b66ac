"""The chat panel in a browser: the first paint of a long conversation, and a fast stream.

A JupyterLab of its own, in Chromium. Over the wire counts every byte that the page's web sockets
get while a turn runs, whatever it is about; the longest frame is the longest time between two
callbacks of ``requestAnimationFrame``; beside it stands that of a page in which nothing happens,
which is what the machine takes for others.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import WebSocket, sync_playwright

from tests.bench.figures import Figure, duration
from tests.bench.sides import Sizes
from tests.bench.team import Team
from tests.browser import lab
from tests.browser.conftest import FLAGS, chromium_path
from tests.browser.notebooks import write_notebook
from tests.browser.screen import Screen

LENGTH = 10_000
CHUNKS = 2_000
PACE = 200
"""Chunks a second."""
WORDS = "**measured-quantity** ", "with-`inline.code`- ", "followed-by-a-phrase ", "and-an-end.\n\n"
"""The chunks, again and again."""
MODEL = '''\
%load_ext workbench
import asyncio, time
import workbench as wb
from workbench import loop
from workbench.models.local import LocalModel
from workbench.models.offline import OfflineModel
from workbench.models.reply import Reply
from workbench.models.response import output
from agents import Agent, ModelResponse, Usage

class Fast(LocalModel):
    """Chunks of about 20 characters, PACE of them a second."""

    def answer(self, asked):
        text = "".join(WORDS[n % 4] for n in range(CHUNKS))
        made = output(Reply(text), asked.settings)
        return ModelResponse(output=made, usage=Usage(), response_id=None)

    async def stream_response(self, *given, **more):
        begun, count = time.monotonic(), 0
        async for event in super().stream_response(*given, **more):
            if event.type == "response.output_text.delta":
                count += 1
                ahead = begun + count / PACE - time.monotonic()
                if ahead > 0:
                    await asyncio.sleep(ahead)
            yield event

fast = Agent(name="Fast", model=Fast("fast", delay=0))
big = wb.session("big")
loop.run(big.add_items([
    {"role": role, "content": f"message **{n}** " + "word " * (n % 40)}
    for n in range(LENGTH) for role in [("user", "assistant")[n % 2]]
]))
wb.chat("warm")
'''

CELLS = {"load": MODEL, "panel": "wb.chat('big')", "stream": "wb.chat('stream', agent=fast)"}

PAINTED = """() => {
    window.begun = performance.now();
    window.painted = new Promise(done => {
        const seen = new WeakSet(document.querySelectorAll('.wbc-message'));
        const look = () => [...document.querySelectorAll('.wbc-message')].some(e => !seen.has(e))
            ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - window.begun)))
            : requestAnimationFrame(look);
        look();
    });
}"""

FRAMES = """() => {
    window.frames_ = [];
    window.watching = true;
    let last = performance.now();
    const step = now => {
        window.frames_.push(now - last);
        last = now;
        if (window.watching) requestAnimationFrame(step);
    };
    requestAnimationFrame(now => { last = now; requestAnimationFrame(step); });
}"""

LONGEST = "() => { window.watching = false; return Math.max(...window.frames_); }"


def chat(_team: Team, sizes: Sizes) -> list[Figure]:
    """First paint of 10,000 items, bytes over the wire for one of text, and the longest frame."""
    length, chunks = (LENGTH, CHUNKS) if sizes.history >= LENGTH else (200, 100)
    rounds = min(3, sizes.rounds)
    given = f"LENGTH, CHUNKS, PACE, WORDS = {length}, {chunks}, {PACE}, {WORDS!r}"
    cells = {**CELLS, "load": f"{given}\n{MODEL}"}
    with opened(cells) as (screen, wire):
        screen.run("load")
        paints = [first_paint(screen) for _ in range(rounds)]
        screen.run("stream")
        idle = [longest_frame(screen, 5_000) for _ in range(rounds)]
        streams = [stream(screen, wire, chunks) for _ in range(rounds)]
    ratios, frames, paces = zip(*streams, strict=True)
    return [
        Figure(
            f"chat: first paint of {length:,} items",
            median(paints) / 1000,
            1.0,
            unit=" s",
            spread=(min(paints) / 1000, max(paints) / 1000),
        ),
        Figure(
            f"chat: bytes over the wire / of text, {median(paces):.0f} chunks/s",
            median(ratios),
            2.0,
            spread=(min(ratios), max(ratios)),
        ),
        Figure(
            f"chat: the longest frame of a stream (of an idle page: {median(idle):.0f} ms)",
            median(frames),
            100.0,
            unit=" ms",
            ours=duration(median(frames) / 1000),
            spread=(min(frames), max(frames)),
        ),
    ]


def first_paint(screen: Screen) -> float:
    """Milliseconds from running ``wb.chat(...)`` to the first messages on the screen."""
    screen.page.evaluate(PAINTED)
    screen.run("panel", wait=False)
    taken: float = screen.page.evaluate("() => window.painted")
    screen.page.wait_for_timeout(1500)  # what it asks for afterwards is no part of the next one
    return taken


def longest_frame(screen: Screen, milliseconds: float) -> float:
    """The longest frame of so long a time in which nothing is asked of the page."""
    screen.page.evaluate(FRAMES)
    screen.page.wait_for_timeout(milliseconds)
    return float(screen.page.evaluate(LONGEST))


def stream(screen: Screen, wire: Wire, chunks: int) -> tuple[float, float, float]:
    """Bytes over the wire for each of text, the longest frame in milliseconds, chunks a second."""
    panel = screen.output("stream")
    stop = panel.get_by_role("button", name="Stop", exact=True)
    message = panel.get_by_label("Message", exact=True)
    message.fill("Go on")
    screen.page.wait_for_timeout(1000)
    screen.page.evaluate(FRAMES)
    wire.bytes = 0
    begun = time.monotonic()
    message.press("Enter")
    stop.wait_for(state="visible")
    stop.wait_for(state="hidden", timeout=120_000)
    seconds = time.monotonic() - begun
    got = wire.bytes
    longest: float = screen.page.evaluate(LONGEST)
    size = sum(map(len, WORDS)) * chunks / len(WORDS)
    return got / size, longest, chunks / seconds


class Wire:
    """Counts what the web sockets of a page bring."""

    def __init__(self) -> None:
        self.bytes = 0

    def listen(self, socket: WebSocket) -> None:
        """Count what comes through ``socket`` from now on."""
        socket.on("framereceived", self._frame)

    def _frame(self, data: Any) -> None:
        self.bytes += len(data.encode() if isinstance(data, str) else data)


@contextmanager
def opened(cells: dict[str, str]) -> Iterator[tuple[Screen, Wire]]:
    """A notebook of these cells in a JupyterLab of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as home,
        sync_playwright() as playwright,
    ):
        write_notebook(Path(folder) / "chat.ipynb", cells)
        with lab.running(Path(folder), Path(home)) as address:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            wire = Wire()
            page.on("websocket", wire.listen)
            yield Screen(page, address, "chat.ipynb"), wire
            browser.close()
