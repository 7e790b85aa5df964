"""Prove a policy: every promise over the whole decision space, or the smallest counter-example."""
