"""Detect: what a turn reveals of the customer's state, in five dimensions and an intent, each with its evidence."""
