"""Incident mode: declared, previewed, carried out on what is open, and over when it is over."""
