"""What is wrong with a conversation, and its repair. See `workbench.verbs.doctor.verb`."""

from __future__ import annotations

from workbench.verbs.doctor.verb import doctor

__all__ = ["doctor"]
