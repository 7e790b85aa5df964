"""The structured summary that a person reads before they say a word."""
