"""Effort and hand-over figures: facts in, figures out, each formula once."""
