"""The notebook's named sessions. See `workbench.workspace.registry`."""

from __future__ import annotations

from workbench.workspace.registry import Name, Workspace, handle, workspace

__all__ = ["Name", "Workspace", "handle", "workspace"]
