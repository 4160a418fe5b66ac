"""A million rows in a browser: first row, bytes, sort and search, beside quak on the same frame.

Both run in one JupyterLab and one kernel, and take turns. A cell shows the frame, and the clock
runs from the moment it is sent until the page shows the first row; a sort from the click on a
column's name until the first row is another one; a search from the last key until the count is
there. Bytes are those of the page's websockets from the run of the cell to the first row, in both
directions: the script of the widget is among them. quak sorts by a click too; it has no search.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from statistics import median
from typing import Any

from playwright.sync_api import WebSocket, sync_playwright

from tests.bench.figures import Figure, duration
from tests.bench.sides import Sizes
from tests.bench.team import Team
from tests.browser import lab
from tests.browser.conftest import FLAGS
from tests.browser.notebooks import write_notebook
from tests.browser.screen import Screen

SIDES = ("ours", "quak") if find_spec("quak") else ("ours",)
"""quak comes with the dependency group ``bench``; without it ours are measured alone."""

FIRST = 1_000.0
WIRE = 50.0
SORT = 500.0
SEARCH = 300.0
RIVAL = 1.2

SEARCHED = {"a rare word": "needle", "a word of all rows": "E", "a word that is nowhere": "qqq"}

COLUMNS = {"a number": 2, "a text": 6}
"""What is sorted by, and the place of its cells in both, from 1: before them stands another."""

CELLS = {
    "load": """\
import workbench as wb
from tests.bench.browser_grid import frame
frame = frame({length})
shown = wb.grid(frame.head(3))""",
    "load-quak": "import quak\nshown = quak.Widget(frame.head(3))",
    "close": "del shown",
    "ours": "shown = wb.grid(frame)\nshown",
    "quak": "shown = quak.Widget(frame)\nshown",
}

MEASURES = """window.measures = {
    first(column) {
        for (const output of document.querySelectorAll('.jp-OutputArea-output')) {
            const ours = output.querySelector(`[aria-rowindex="2"] [aria-colindex="${column}"]`);
            const roots = [...output.querySelectorAll('*')].map(each => each.shadowRoot);
            const cell = ours ?? roots.filter(Boolean)
                .map(root => root.querySelector(`tbody tr td:nth-child(${column})`)).find(Boolean);
            const text = cell?.textContent.trim();
            if (text && text !== '…') return text;
        }
        return null;
    },
    when(there) {
        const begun = performance.now();
        return new Promise(done => {
            const look = () => {
                const found = there();
                if (found) done(performance.now() - begun);
                else setTimeout(look, 2);
            };
            look();
        });
    },
    run(name) {
        const { commands, shell } = window.jupyterapp;
        const notebook = shell.currentWidget.content;
        notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.id === name);
        commands.execute('notebook:run-cell');
        return measures.when(() => measures.first(2));
    },
    sort(side, column) {
        const before = measures.first(column);
        const outputs = [...document.querySelectorAll('.jp-OutputArea-output')];
        if (side === 'ours') {
            const head = outputs.map(each => each.querySelector(
                `[role=columnheader][aria-colindex="${column}"] button`)).find(Boolean);
            head.click();
        } else {
            const roots = outputs.flatMap(each => [...each.querySelectorAll('*')])
                .map(each => each.shadowRoot).filter(Boolean);
            roots[0].querySelector(`th:nth-child(${column}) .sort-button`)
                .dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
        }
        return measures.when(() => ![null, before].includes(measures.first(column)));
    },
    search(word) {
        const line = document.querySelector('.wb-counted'), before = line.textContent;
        const field = document.querySelector('.wb-grid input[type=search]');
        field.value = word;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        return measures.when(() => line.textContent !== before);
    },
    quiet: () => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status
        === 'idle' && !document.querySelector('.wb-grid [aria-busy=true]'),
};"""


def frame(length: int) -> Any:
    """A history of so many items as the workbench lays it out, made once without a store."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from tests.bench.sides import a_turn

    turns = [each for number in range(5_000) for each in a_turn(number)]
    said = [each["content"] for each in turns]
    texts = [each if isinstance(each, str) else each[0]["text"] for each in said]
    texts[4_321] += " Needle."
    places = np.arange(length) % len(texts)
    rng = np.random.default_rng(4)

    def text(values: Any) -> Any:
        known: Any = pa.array(values, pa.large_string())
        parts: list[Any] = [known.take(places[at : at + 5_000]) for at in range(0, length, 5_000)]
        column: Any = pa.chunked_array(parts)
        return pd.arrays.ArrowStringArray(column)

    return pd.DataFrame(
        {
            "number": pd.array(rng.permutation(length) + 10, dtype="Int64"),
            "turn": pd.array(np.arange(length) // 2 + 1, dtype="Int64"),
            "role": text(["user", "assistant"] * (len(texts) // 2)),
            "type": text(["message"] * len(texts)),
            "content": text(texts),
            "n_chars": pd.array(rng.integers(1, 9_999, length), dtype="Int64"),
            "created_at": pd.to_datetime(
                np.arange(length) * 1_000_000 + 1_767_225_600_000_000, unit="us", utc=True
            ).astype("datetime64[us, UTC]"),
        }
    )


class Window:
    """JupyterLab with both in it, and the bytes that have come and gone."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.page = screen, screen.page
        self.bytes = 0
        self.page.evaluate(MEASURES)

    def listen(self, socket: WebSocket) -> None:
        """Count what a websocket carries."""
        socket.on("framereceived", self._count)
        socket.on("framesent", self._count)

    def _count(self, frame: str | bytes) -> None:
        self.bytes += len(frame.encode() if isinstance(frame, str) else frame)

    def measure(self, what: str, *given: Any) -> float:
        """Milliseconds of one of MEASURES."""
        return float(
            self.page.evaluate("([what, given]) => measures[what](...given)", [what, given])
        )

    def settle(self) -> None:
        """Wait until what goes on behind is done."""
        self.page.wait_for_timeout(200)
        self.page.wait_for_function("() => measures.quiet()", timeout=60_000)
        self.page.wait_for_timeout(200)

    def clear(self) -> None:
        """Nothing is shown, and nothing kept."""
        self.screen.run("close")
        self.screen.command("notebook:clear-all-cell-outputs")
        self.settle()


def grid(_team: Team, sizes: Sizes) -> list[Figure]:
    """The figures of ``wb.grid``."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    with window(sizes) as shown:
        for turn in range(sizes.rounds + 1):
            for name, column in COLUMNS.items():
                for side in SIDES if turn % 2 else SIDES[::-1]:
                    for what, took in one(shown, side, column).items():
                        found[side, what.format(name)] += [took] * (turn > 0)
    return list(figures(f"{sizes.searched:,} rows", found))


def one(shown: Window, side: str, column: int) -> dict[str, float]:
    """Show the frame on one side, and sort it by a column; search ours."""
    shown.clear()
    before = shown.bytes
    took = {"first row": shown.measure("run", side)}
    shown.page.wait_for_timeout(0)  # what has come is counted
    took["wire"] = (shown.bytes - before) / 1e3
    shown.settle()
    took["sort by {}"] = shown.measure("sort", side, column)
    shown.settle()
    if side == "ours" and column == COLUMNS["a number"]:
        for _again in "downwards", "not at all":
            shown.measure("sort", side, column)
            shown.settle()
        for name, word in SEARCHED.items():
            took[f"search, {name}"] = shown.measure("search", word)
            shown.settle()
    return took


@contextmanager
def window(sizes: Sizes) -> Iterator[Window]:
    """A JupyterLab in which the frame is made, in a browser."""
    folder, home = sizes.disk / "lab", sizes.disk / "home"
    for each in (folder, home):
        each.mkdir(exist_ok=True)
    cells = {name: source.format(length=sizes.searched) for name, source in CELLS.items()}
    write_notebook(folder / "grid.ipynb", cells)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with lab.running(folder, home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        sockets: list[WebSocket] = []
        page.on("websocket", lambda each: sockets.append(each))
        shown = Window(Screen(page, address, "grid.ipynb"))
        for socket in sockets:
            shown.listen(socket)
        shown.screen.run("load")
        if "quak" in SIDES:
            shown.screen.run("load-quak")
        yield shown
        browser.close()


def figures(work: str, found: Mapping[tuple[str, str], Sequence[float]]) -> Iterator[Figure]:
    """What was found, beside what was asked: each alone, and by quak's."""
    asked = {"first row": FIRST, "wire": WIRE}
    for (side, what), values in found.items():
        if side != "ours":
            continue
        most = asked.get(what, SEARCH if what.startswith("search") else SORT)
        unit = " kB" if what == "wire" else " ms"
        yield Figure(f"{work}: {what}", median(values), most, unit, spread=_spread(values))
        rival = found.get(("quak", what))
        if rival and what != "wire":
            ratios = [mine / theirs for mine, theirs in zip(values, rival, strict=True)]
            yield Figure(
                f"{work}: {what}, by quak's",
                median(values) / median(rival),
                RIVAL,
                sdk=duration(median(rival) / 1e3),
                ours=duration(median(values) / 1e3),
                spread=_spread(ratios),
            )


def _spread(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)
