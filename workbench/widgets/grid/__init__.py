"""The interactive history: any DataFrame as a grid that sorts, filters, searches and selects.

The frame stays in the kernel as it is; a page gets the rows that are seen, cut to previews. What is
decided here works on columns in Arrow's or NumPy's form, in threads, and needs no widget.
"""

from workbench.widgets.grid.panel import Grid

__all__ = ["Grid"]
