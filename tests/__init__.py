"""The tests of the workbench; `python -m tests` runs them all."""
