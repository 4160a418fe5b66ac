"""What hostile text does in a page, if it does anything: scripts, dialogs, requests, new pages."""

from __future__ import annotations

from playwright.sync_api import Dialog, Page, Request

HANDLERS = """selector => [...document.querySelectorAll(`${selector}, ${selector} *`)]
    .flatMap(each => [...each.attributes])
    .map(each => each.name).filter(name => name.startsWith('on'))"""

ACTIVE = "script, iframe, object, embed, form, base, link, meta, frame"


class Ears:
    """Hears what a page does from now on that no text in it should make it do."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self._address = page, address
        self.heard: list[str] = []
        page.on("dialog", self._dialog)
        page.on("popup", lambda each: self.heard.append(f"popup {each.url}"))
        page.on("request", self._request)
        page.on("framenavigated", lambda each: self.heard.append(f"navigated {each.url}"))

    def pwned(self) -> bool:
        """Whether a payload set the mark that a script of its would set."""
        return bool(self.page.evaluate("() => 'pwned' in window"))

    def active(self, selector: str = ".workbench-panel") -> list[str]:
        """What of ``selector`` could do something: elements, and attributes that are handlers."""
        inside = ", ".join(f"{selector} {each}" for each in ACTIVE.split(", "))
        elements: list[str] = self.page.locator(inside).evaluate_all(
            "found => found.map(each => each.outerHTML.slice(0, 200))"
        )
        handlers: list[str] = self.page.evaluate(HANDLERS, selector)
        return elements + handlers

    def _dialog(self, dialog: Dialog) -> None:
        self.heard.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        """JupyterLab talks to its own server, by paths of its own."""
        own = request.url.startswith((f"{self._address}/api/", f"{self._address}/lab/"))
        if not own and not request.url.startswith(
            ("data:", "blob:", "ws:", self._address + "/static")
        ):
            self.heard.append(f"request {request.url}")
