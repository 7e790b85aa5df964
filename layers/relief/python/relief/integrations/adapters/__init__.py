"""Adapters in: a vendor's event becomes a turn, and the decision becomes what the vendor expects."""
