"""Deliver hand-overs from their queues to the people who work on them."""
