"""Approvals: what waits for one, and what becomes of it. See `workbench.verbs.approve.face`."""

from __future__ import annotations

from workbench.verbs.approve.face import approve, pending, reject

__all__ = ["approve", "pending", "reject"]
