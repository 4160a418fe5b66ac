"""Tests of `workbench.verbs`."""
