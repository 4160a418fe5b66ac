"""What people need of a panel: contrast, names, focus. Looked for with axe-core, in both themes."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.browser.screen import Screen

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

SERIOUS = ("serious", "critical")

ELSEWHERE = {"region", "page-has-heading-one", "landmark-one-main", "bypass"}
"""Rules about a whole page, which is JupyterLab's."""


def barriers(screen: Screen, selector: str = ".workbench-panel") -> list[str]:
    """What axe-core finds serious or critical inside ``selector``: rule, help and place."""
    found: Any = Axe().run(screen.page, context={"include": [[selector]]}).response
    return [
        f"{each['id']}: {each['help']}: {node['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in SERIOUS and each["id"] not in ELSEWHERE
        for node in each["nodes"]
    ]


def barriers_in_both_themes(
    screen: Screen, name: str, cell: str, selector: str = ".workbench-panel"
) -> list[str]:
    """As `barriers`, light and dark; leaves a picture of both in .screenshots/."""
    found = []
    for theme, title in THEMES.items():
        screen.theme(title)
        screen.picture(f"{name}-{theme}", cell)
        found += [f"{theme}: {each}" for each in barriers(screen, selector)]
    screen.theme(THEMES["light"])
    return found


def focused(screen: Screen) -> str:
    """The name of what has the focus, as a screen reader says it (roughly), or its text."""
    name: str = screen.page.evaluate(
        "() => { const e = document.activeElement; return e.getAttribute('aria-label')"
        " || e.labels?.[0]?.textContent || e.textContent.trim() || e.tagName; }"
    )
    return name
