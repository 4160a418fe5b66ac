"""What a panel puts out in each front end that can be told from the kernel."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from anywidget import _util as anywidget_util

from tests.notebook_shell import notebook_shell
from tests.widgets.test_panel import Echo, shown
from workbench.widgets.front_end import VARIABLE, VIEW

__all__ = ["shown"]

Shown = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def in_no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VSCODE_PID", "VSCODE_CWD", VARIABLE):
        monkeypatch.delenv(name, raising=False)


def view(shown: Shown) -> Any:
    """How the output names the widget; None where it doesn't."""
    panel = Echo()
    panel._ipython_display_()
    (output,) = shown
    assert panel.panel_id in output["data"]["text/html"]
    assert output["data"]["text/plain"]
    named = output["data"].get(VIEW)
    assert named is None or named["model_id"] == panel.model_id
    return named


def test_jupyterlab_gets_the_static_forms_alone(shown: Shown) -> None:
    assert view(shown) is None


@pytest.mark.parametrize("name", ["VSCODE_PID", "VSCODE_CWD"])
def test_in_vs_code_the_output_names_the_widget_too(
    name: str, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    assert view(shown)["version_major"] == 2


def test_a_kernel_that_vs_code_reaches_from_elsewhere_is_known_by_the_notebook(
    shown: Shown, tmp_path: Path
) -> None:
    with notebook_shell(load=False) as running:
        running.ip.user_ns["__vsc_ipynb_file__"] = str(tmp_path / "n.ipynb")
        assert view(shown)


def test_a_front_end_that_is_not_known_can_be_told(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    assert view(shown)


def test_a_lab_that_was_started_in_vs_codes_terminal_can_be_told(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSCODE_PID", "1")
    monkeypatch.setenv(VARIABLE, "0")
    assert view(shown) is None


URL = "https://colab.example/manager.min.js"


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The part of Colab's own module that anywidget asks, and what it was asked."""
    asked: list[str] = []
    output = ModuleType("google.colab.output")
    vars(output)["enable_custom_widget_manager"] = lambda: asked.append("enabled")
    vars(output)["_widgets"] = SimpleNamespace(_installed_url=URL)
    for name in ("google", "google.colab"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    anywidget_util.enable_custom_widget_manager_once.cache_clear()
    return asked


def test_colab_is_asked_for_widgets_of_others_and_told_where_they_start(
    colab: list[str], shown: Shown
) -> None:
    assert view(shown)
    assert colab == ["enabled"]
    assert shown[0]["metadata"][VIEW]["colab"]["custom_widget_manager"]["url"] == URL
