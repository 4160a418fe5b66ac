"""``%session``: one line, one verb of `workbench.magics.session_verbs`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from workbench.errors import WorkbenchError, nearest
from workbench.magics.body import filled
from workbench.magics.options import parse_words, too_much
from workbench.magics.request import Request
from workbench.magics.session_options import OPTIONS, refusal, session_help
from workbench.magics.session_verbs import VERBS
from workbench.magics.session_verbs.about import MARKING
from workbench.render.text import as_options

if TYPE_CHECKING:
    from workbench.magics.settings import Settings


def run(magics: Settings, line: str) -> Any:
    """Do what the line says. Raises UsageError, one line: nothing of the user's own runs here."""
    fill = partial(filled, namespace=magics.user_ns, magic="%session")
    values, words = parse_words(line, OPTIONS, magic="%session", fill=fill, marking=MARKING)
    if values.get("help"):
        print(session_help(*words[:1]))
        return None
    name, *rest = words or ["list"]
    verb = VERBS.get(name)
    if verb is None:
        hint = nearest(name, VERBS, plural="verbs")
        raise UsageError(f"%session: there is no verb {name!r}; {hint}")
    if len(rest) > verb.words:
        raise too_much(rest[verb.words :], magic="%session")
    if (wrong := refusal(name, values)) is not None:
        raise UsageError(f"%session {name}: {wrong}")
    try:
        return verb.run(Request(magics, values, tuple(rest)))
    except WorkbenchError as exc:
        raise UsageError(f"%session {name}: {as_options(str(exc))}") from None
