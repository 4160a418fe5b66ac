"""The base of all panels: messages between a page and the kernel, and a form without either.

A page asks ``{"ask": verb, "id": id, "given": {...}}`` and gets ``{"answer": id, "value": ...}``,
``"error"`` in words, or ``"stopped"`` after ``{"stop": id}``; on the way ``{"told": id, ...}``. All
views of a panel get ``{"event": name, ...}``. Conversations travel in messages only: the widget's
state, which a notebook may save, holds a title and nothing of what was said, and no key.

Follows the custom messages of the widget protocol
(https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from workbench.errors import InvalidValue
from workbench.widgets.front_end import VIEW, needs_view
from workbench.widgets.packed import packed
from workbench.widgets.requests import Requests
from workbench.widgets.threads import apart

STATIC = Path(__file__).parent / "static"
LIBRARIES = frozenset({"markdown"})
"""Scripts that all panels of a page share: see ``js/base/markdown.jsx``."""

Tell = Callable[..., None]
"""News on the way to an answer: ``tell(done=3, total=10)``."""


class Panel(anywidget.AnyWidget):
    """A widget with a page of its own.

    A subclass names its ``page`` (the folder in ``js/``), answers the verb ``x`` in an
    ``async def on_x(self, tell, **given)`` on the home loop, and says in `forms` how it reads where
    no widget can be shown. What takes the processor for long goes to a thread.
    """

    page: ClassVar[str] = ""
    packed: ClassVar[bool] = False
    """Whether its script travels packed: see `workbench.widgets.packed`."""

    elsewhere: Callable[[str], Awaitable[None]] | None = None
    """Where the panel is one of several (see the app): shows another conversation in its place."""

    title = traitlets.Unicode("Panel").tag(sync=True)
    """What a screen reader calls it."""
    panel_id = traitlets.Unicode("").tag(sync=True)
    """The same for all views of this panel, and no other one's."""

    def __init_subclass__(cls, **options: Any) -> None:
        if "page" in vars(cls):  # traitlets makes a subclass of its own for each instance
            script = STATIC / f"{cls.page}.js"
            cls._esm = packed(script) if cls.packed else script
            cls._css = STATIC / f"{cls.page}.css"
        super().__init_subclass__(**options)

    def __init__(self, **traits: Any) -> None:
        super().__init__(panel_id=uuid.uuid4().hex, **traits)
        self._requests = Requests(self.send)
        self._display_id = f"workbench-{self.panel_id}"
        self._saved: dict[str, str] | None = None
        self.on_msg(self._take)

    # What a subclass says of itself

    async def greeting(self) -> dict[str, Any]:
        """What the page shows first: the properties of its view."""
        return {}

    def forms(self) -> dict[str, str]:
        """Plain text, Markdown and HTML by MIME type, for GitHub, nbconvert and a terminal. Called
        in a thread that may wait."""
        raise NotImplementedError

    # Messages

    def tell_all(self, event: str, **more: Any) -> None:
        """Send an event to every view; safe in any thread."""
        self.send({"event": event, **more})

    def announce(self, text: str) -> None:
        """Have screen readers say ``text``."""
        self.tell_all("news", text=text)

    def _take(self, _widget: Any, message: Any, _buffers: Any) -> None:
        """A message of a page; whoever can run script there can send any."""
        if not isinstance(message, dict):
            return
        if isinstance(identity := message.get("stop"), str):
            self._requests.stop(identity)
        elif isinstance(identity := message.get("id"), str):
            given = message.get("given")
            work = self._work(
                identity, message.get("ask"), given if isinstance(given, dict) else {}
            )
            self._requests.begin(identity, work)

    async def _work(self, identity: str, verb: Any, given: dict[str, Any]) -> Any:
        answer = getattr(type(self), f"on_{verb}", None)
        if answer is None:
            raise InvalidValue(f"this panel does not know {verb!r}")

        def tell(**news: Any) -> None:
            self.send({"told": identity, **news})

        return await answer(self, tell, **given)

    async def on_hello(self, _tell: Tell) -> dict[str, Any]:
        """A view is there."""
        return {"model": self.model_id, **await self.greeting()}

    async def on_library(self, _tell: Tell, *, name: str) -> str:
        """The source of a script that this page has not got yet. Raises InvalidValue."""
        if name not in LIBRARIES:
            raise InvalidValue("there is no such library")
        return await asyncio.to_thread((STATIC / f"{name}.js").read_text, "utf-8")

    async def on_settle(self, _tell: Tell) -> None:
        """The reader has left the panel: what the notebook keeps of it is renewed."""
        if self._saved is None:
            return
        forms = await apart(self.forms)
        if forms != self._saved:
            self._show(forms, update=True)

    # Showing

    def _ipython_display_(self) -> None:
        self._show(self.forms())

    def _show(self, forms: dict[str, str], *, update: bool = False) -> None:
        from IPython.display import display

        self._saved = forms
        bundle: dict[str, Any] = {**forms, "text/html": self._place(forms["text/html"])}
        metadata: dict[str, Any] = {}
        if needs_view() and (named := self._repr_mimebundle_()) is not None:
            # Colab is told in the metadata where the script is that starts widgets of others.
            view, metadata = named
            bundle[VIEW] = view[VIEW]
        where = {"display_id": self._display_id, "update": update}
        display(bundle, raw=True, metadata=metadata, **where)

    def _place(self, static: str) -> str:
        """The static form where the live one comes to stand: see ``js/base/places.js``."""
        return f'<div class="workbench-place workbench-place-{self.panel_id}">{static}</div>'

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.title}>"

    def close(self) -> None:
        """Stop what is under way, and take the panel off the page."""
        self._requests.stop_all()
        super().close()
