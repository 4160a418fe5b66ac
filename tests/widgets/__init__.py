"""Tests of the panels' own half in the kernel, without a browser."""
