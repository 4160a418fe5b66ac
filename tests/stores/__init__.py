"""Tests of workbench.stores."""
