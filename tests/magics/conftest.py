"""A shell with the extension loaded, and no key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models.conftest import without_key
from tests.notebook_shell import Shell, notebook_shell

__all__ = ["shell", "without_key"]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A new IPython shell in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    with notebook_shell() as made:
        yield made
