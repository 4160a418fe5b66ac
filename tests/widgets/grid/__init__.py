"""Tests of the grid: what it decides, and what it answers a page."""
