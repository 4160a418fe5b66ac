"""What a person finds who opens the badge of the README."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
import redis
from nbformat import NotebookNode
from packaging.utils import canonicalize_name

from tests.binder_image import Image
from tests.binder_recipe import ROOT, pins
from tests.notebooks.running import TUTORIALS, code_cells, read, steady
from tests.redis_server import free_port, wait_for

pytestmark = [pytest.mark.install, pytest.mark.timeout(600)]

OF_ITS_OWN = {("04-redis-and-expiry", "stop")}
"""Tutorial and cell that ends the server which the tutorial has started; Binder's goes on."""

PORT, REDIS_PORT = free_port(), free_port()


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    # Not in pytest's own folder, which keeps what three runs have left: this is most of a gigabyte.
    with TemporaryDirectory(prefix="workbench-binder-", ignore_cleanup_errors=True) as folder:
        made = Image(Path(folder))
        made.build()
        yield made


@pytest.fixture(scope="module")
def container(image: Image) -> Iterator[Image]:
    """The image, while its server and Redis run."""
    with image.container(PORT, REDIS_PORT):
        wait_for(lambda: bool(page("api/status")), "Jupyter's server", 120)
        yield image


@pytest.fixture(scope="module")
def ran(container: Image) -> dict[str, NotebookNode]:
    """Each tutorial, run by the kernel of the image."""
    return container.execute(TUTORIALS, REDIS_PORT)


def page(path: str) -> str:
    """What the server answers; nothing while it does not."""
    try:
        with urlopen(f"http://127.0.0.1:{PORT}/{path}", timeout=30) as answer:
            return str(answer.read().decode())
    except URLError:
        return ""


def badge() -> str:
    """The path behind the server's address that the README's badge opens."""
    (url,) = re.findall(r"\((https://mybinder\.org/v2/[^)]+)\)", (ROOT / "README.md").read_text())
    (path,) = parse_qs(urlsplit(url).query)["urlpath"]
    return path


def lab(path: str) -> dict[str, Any]:
    """What JupyterLab's page is told by its server."""
    (config,) = re.findall(
        r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', page(path), re.S
    )
    told: dict[str, Any] = json.loads(config)
    return told


def test_what_is_installed_fits_together_and_is_what_is_pinned(image: Image) -> None:
    image.run(image.python, "-m", "pip", "check")
    listed = json.loads(image.run(image.python, "-m", "pip", "list", "--format=json"))
    found = {str(canonicalize_name(each["name"])): each["version"] for each in listed}
    assert {name: found.get(name) for name in pins()} == pins()


def test_the_package_is_installed_and_found_from_any_folder(image: Image, tmp_path: Path) -> None:
    where = "import workbench; print(workbench.__file__)"
    assert str(image.python.parents[1]) in image.run(image.python, "-c", where, folder=tmp_path)
    assert image.run("workbench", "--version", folder=tmp_path).startswith("workbench ")


def test_building_leaves_only_the_list_of_fonts_behind(image: Image) -> None:
    left = image.built - image.copied
    assert [name for name in left if not re.match(r"\.cache/matplotlib/fontlist-", name)] == []


def test_the_badge_opens_jupyterlab_on_the_first_tutorial(container: Image) -> None:
    assert badge() == "lab/tree/notebooks/01-first-conversation.ipynb"
    told = lab(badge())
    assert told["treePath"] == badge().removeprefix("lab/tree/")
    assert told["appVersion"] == pins()["jupyterlab"]
    assert json.loads(page(f"api/contents/{told['treePath']}?content=0"))["type"] == "notebook"


def test_jupyterlab_has_what_the_panels_are_drawn_with(container: Image) -> None:
    told = {each["name"]: each for each in lab("lab")["federated_extensions"]}
    assert {"anywidget", "@jupyter-widgets/jupyterlab-manager"} <= set(told)
    for name in ("anywidget", "@jupyter-widgets/jupyterlab-manager"):
        assert page(f"lab/extensions/{name}/{told[name]['load']}")


def test_redis_is_there_for_this_machine_alone_and_keeps_nothing_on_disk(container: Image) -> None:
    with redis.Redis(port=REDIS_PORT, decode_responses=True) as server:
        assert server.config_get("bind", "save", "appendonly") == {
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
        }


@pytest.mark.parametrize("name", [tutorial.stem for tutorial in TUTORIALS])
def test_the_tutorial_shows_there_what_is_stored(ran: dict[str, NotebookNode], name: str) -> None:
    stored = code_cells(read(ROOT / "notebooks" / f"{name}.ipynb"))
    for before, now in zip(stored, code_cells(ran[name]), strict=True):
        if (name, before.id) not in OF_ITS_OWN:
            assert steady(now.outputs) == steady(before.outputs), f"{name}: cell {before.id!r}"
