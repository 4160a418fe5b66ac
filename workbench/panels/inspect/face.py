"""``wb.inspect``: the panel, put together with the verbs that it calls."""

from __future__ import annotations

from workbench import loop
from workbench.errors import InvalidValue
from workbench.panels.inspect.desk import VerbsDesk
from workbench.panels.inspect.place import Place
from workbench.protocols import Session
from workbench.render.text import one_line
from workbench.widgets.inspect import Inspect


def inspect(
    target: str | Session, *, store: str | None = None, model: str | None = None
) -> Inspect:
    """A panel on what stands around a conversation, which it shows and changes.

    Its tabs are the context that the next turn would send (as `workbench.context`), compaction
    (limits, a dry run side by side, undo, what was summarised before), encryption (state, key,
    ciphertext beside plain text, encrypt, decrypt, another key), what the doctor finds, and what is
    noted about the session. With no kernel it reads as a page of these.

    ``target`` is a name, a session object, or with ``store`` the id of a session there; what needs
    a name is disabled for the others, and says so. ``model`` is the name of the model whose window
    counts, None the one that would answer. A key that is typed in is kept while the kernel lives,
    as that of ``wb.session(key=...)``, and nowhere else. Raises UnknownSession, InvalidValue,
    StoreError.

    >>> turn = wb.ask("demo", "My name is John")
    >>> panel = wb.inspect("demo")  # at the end of a cell it shows itself
    >>> panel
    <Inspect: Inspect demo>
    >>> panel.close()
    """
    if not isinstance(model, str | None):
        raise InvalidValue(f"a model is a name here, not a {type(model).__name__}")
    place = Place(target, store)
    loop.run(place.checked())
    return Inspect(VerbsDesk(place), model=model, title=f"Inspect {one_line(place.name, 60)}")
