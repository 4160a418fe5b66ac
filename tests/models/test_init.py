from __future__ import annotations

import subprocess
import sys

import pytest

from workbench import models


def test_importing_the_package_loads_neither_the_sdk_nor_openai() -> None:
    code = "import sys, workbench.models as m; print(*m.__all__, sep=','); "
    code += "print([n for n in ('agents', 'openai', 'pydantic') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == "[]"


def test_the_summary_needs_no_sdk_either() -> None:
    code = "import sys; from workbench.models import summarise; summarise([]); "
    code += "print([n for n in ('agents', 'openai', 'pydantic') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there_and_a_wrong_one_is_refused() -> None:
    assert all(getattr(models, name) is not None for name in models.__all__)
    assert set(models.__all__) <= set(dir(models))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = models.nonsense
