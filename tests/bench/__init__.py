"""Benchmarks of the sessions, side by side with the SDK's own: ``python -m tests.bench``."""
