"""Synthetic customers against a bot that fails as often as it is told to, with and without Relief."""
