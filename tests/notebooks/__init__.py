"""The tutorials: run from a clean state, and held against what they are stored with."""
