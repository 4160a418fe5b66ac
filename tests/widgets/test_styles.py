"""The panels of a notebook share one page, and with it all of their style sheets."""

from __future__ import annotations

import re
from itertools import permutations
from pathlib import Path

import pytest

from tests.javascript import SOURCES

pytestmark = pytest.mark.install


CLASS = re.compile(r"\.((?:wb|workbench)[\w-]*)")


def rules(page: Path) -> list[set[str]]:
    """The classes of each rule in the style sheets of a panel."""
    sheets = "\n".join(sheet.read_text("utf-8") for sheet in page.glob("*.css"))
    selectors = (each for found in re.findall(r"([^{}]+)\{", sheets) for each in found.split(","))
    return [classes for each in selectors if (classes := set(CLASS.findall(each)))]


def test_no_panel_changes_how_another_one_looks() -> None:
    base = set().union(*rules(SOURCES / "base"), {"workbench-panel"})
    pages = {page.parent for page in SOURCES.glob("[a-z]*/*.css")} - {SOURCES / "base"}
    assert len(pages) == 5
    for one, other in permutations(sorted(pages), 2):
        known = set().union(*rules(other)) | base
        meant = [each for each in rules(one) if each <= known and not each <= base]
        assert meant == [], f"{one.name} changes {other.name}"
