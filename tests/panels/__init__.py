"""Tests of what ``wb.grid`` and the like put together."""
