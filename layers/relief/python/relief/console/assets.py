"""The console's files: an allow-list by name, each with its media type, its compressed form and its tag."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

PAGE: Final = "index.html"
DATA: Final = "application/json"
_STATIC: Final = Path(__file__).parent / "static"
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": DATA,
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """One file as it is served."""

    media_type: str
    content: bytes
    compressed: bytes
    """The content by gzip."""
    tag: str
    """Entity tag: it changes with the content."""


@lru_cache(maxsize=1)
def load_assets() -> dict[str, Asset]:
    """Return every file of the console by its name; they are few and small, so they are read once per process."""
    return {path.name: _load(path) for path in sorted(_STATIC.iterdir()) if path.suffix in _MEDIA_TYPES}


def _load(path: Path) -> Asset:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return Asset(_MEDIA_TYPES[path.suffix], content, gzip.compress(content, mtime=0), f'"{digest[:32]}"')
