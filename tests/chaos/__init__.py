"""Thousands of conversations under seeded faults, with the promises checked after each: ``python -m tests.chaos``."""
