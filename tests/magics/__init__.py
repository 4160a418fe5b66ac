"""Tests of `workbench.magics`."""
