"""What Binder installs: all that the tutorials need, pinned, and nothing that nobody uses."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import workbench
from tests.binder_recipe import BINDER, ROOT, base_versions, pins
from tests.notebooks.running import TUTORIALS, code_cells, read

PACKAGE = Path(workbench.__file__).parent
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(text) for text in project["dependencies"] + of_group("binder")]


def of_group(name: str) -> list[str]:
    """The lines of a dependency group, those of the groups that it includes among them."""
    texts: list[str] = []
    for each in GROUPS[name]:
        texts += of_group(each["include-group"]) if isinstance(each, dict) else [each]
    return texts


def test_every_dependency_is_pinned_at_a_version_that_pyproject_allows() -> None:
    pinned = pins()
    for need in wanted():
        version = pinned[canonicalize_name(need.name)]
        assert need.specifier.contains(version), f"{need} but {version} is pinned"


def test_the_pins_are_plain_names_and_versions() -> None:
    plain = re.compile(r"[a-z0-9._-]+==[0-9][\w.]*( ; .+)?")
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not plain.fullmatch(line)] == []
    assert "conversation-workbench" not in pins()


def imports(source: str) -> set[str]:
    """The modules at the top that a Python source imports; none if it is a prompt."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return set()
    names = [each.name for node in nodes if isinstance(node, ast.Import) for each in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def sources(tutorial: Path) -> Iterator[str]:
    """The cells of a tutorial as Python, without the magic that stands above one."""
    for cell in code_cells(read(tutorial)):
        whole = str(cell.source)
        body = whole.partition("\n")[2] if whole.startswith("%%") else whole
        yield TransformerManager().transform_cell(body)


def foreign(modules: set[str]) -> set[str]:
    """Those that come from other packages."""
    return modules - sys.stdlib_module_names - {"workbench", ""}


@cache
def packages() -> dict[str, set[str]]:
    """Module: the installed packages that it comes from."""
    found = metadata.packages_distributions().items()
    return {module: {canonicalize_name(name) for name in names} for module, names in found}


@cache
def words() -> set[str]:
    """All words of the tutorials' cells, the names of programs among them."""
    cells = [cell for tutorial in TUTORIALS for cell in sources(tutorial)]
    return {word for cell in cells for word in re.findall(r"[\w-]+", cell)}


@cache
def imported() -> set[str]:
    """The modules that the tutorials or the package import."""
    cells = [cell for tutorial in TUTORIALS for cell in sources(tutorial)]
    modules = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    return set().union(*map(imports, cells + modules))


def is_used(package: str) -> bool:
    """Whether a module of the package is imported or a program of it is named."""
    files = metadata.files(package) or []
    programs = {file.stem for file in files if file.parent.name in ("bin", "Scripts")}
    return any(package in packages().get(module, ()) for module in imported()) or bool(
        programs & words()
    )


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_what_a_tutorial_imports_is_asked_for(tutorial: Path) -> None:
    asked = {canonicalize_name(need.name) for need in wanted()}
    modules = foreign(set().union(*map(imports, sources(tutorial))))
    assert {module for module in modules if not packages()[module] & asked} == set()


def test_what_is_installed_for_the_tutorials_is_used_by_one_or_by_the_package() -> None:
    asked = {Requirement(text).name for text in of_group("binder")}
    in_the_base = set(base_versions())
    assert {name for name in asked - in_the_base if not is_used(name)} == set()


def test_what_nobody_uses_would_be_found() -> None:
    assert [is_used(name) for name in ("jupyter-repo2docker", "hypothesis")] == [False, False]
    assert [is_used(name) for name in ("matplotlib", "agentic-api", "pandas")] == [True] * 3
