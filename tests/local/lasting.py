"""Keeps the garbage collector from going through what was loaded, over and over.

A full collection holds the interpreter's lock for as long as it takes to visit every object. Modules, models and
compiled workflows are hundreds of thousands of objects that stay as long as the process, and while they are visited
every turn stands still: https://docs.python.org/3/library/gc.html#gc.freeze
"""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """Leave everything that exists now out of collections, as long as the context lasts."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
