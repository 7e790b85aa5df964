"""Incident mode: what is active, and what it touches."""
