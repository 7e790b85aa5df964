"""Decide what the bot does with a turn: policy, journeys and texts are data, the ladder is code."""
