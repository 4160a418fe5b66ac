"""Any session of the SDK, taken in. See `workbench.sessions.adopted.session`."""

from __future__ import annotations

from workbench.sessions.adopted.session import AdoptedSession

__all__ = ["AdoptedSession"]
