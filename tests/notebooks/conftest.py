from __future__ import annotations

import pytest

from tests.notebooks.contract import Ran
from tests.notebooks.running import NOTEBOOKS


@pytest.fixture(scope="class")
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of the tutorial that a `TutorialContract` is about, which its tests share."""
    name = request.cls.name
    return Ran(NOTEBOOKS / f"{name}.ipynb", tmp_path_factory.mktemp(name))
