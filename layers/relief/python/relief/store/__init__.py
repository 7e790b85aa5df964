"""Keys, items and ports of the single table."""
