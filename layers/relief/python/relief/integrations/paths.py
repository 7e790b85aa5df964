"""Identifiers in paths of URLs."""

from urllib.parse import quote


def quoted(identifier: str) -> str:
    """Return an identifier as one segment of a path. Braces are quoted too, so it cannot name an earlier answer."""
    return quote(identifier, safe="") if identifier not in {".", ".."} else quote(identifier).replace(".", "%2E")
