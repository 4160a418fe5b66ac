"""The verbs of ``%session``, a file for each kind: a new one is added to its file's VERBS."""

from __future__ import annotations

from workbench.magics.request import Verb
from workbench.magics.session_verbs import (
    about,
    basics,
    changing,
    comparing,
    files,
    finding,
    moving,
    panels,
    wrappers,
)

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        *basics.VERBS,
        *panels.VERBS,
        *finding.VERBS,
        *wrappers.VERBS,
        *moving.VERBS,
        *comparing.VERBS,
        *about.VERBS,
        *files.VERBS,
        *changing.VERBS,
        *basics.LEAVING,
    )
}
"""By name, in the order of the help."""

__all__ = ["VERBS"]
