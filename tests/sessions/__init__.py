"""Tests of workbench.sessions."""
