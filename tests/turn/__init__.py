"""Tests of `workbench.turn`."""
