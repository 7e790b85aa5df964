"""Read the data files of detection."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import yaml


def load_yaml(name: str) -> Any:  # noqa: ANN401 - raw data before validation
    """Read a data file of this package, with the fast loader where it is compiled in."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = resources.files("relief.detect").joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=loader)  # noqa: S506 - both loaders are the safe ones


def lines_of(block: str) -> Iterator[str]:
    """Yield the phrases of a block, without remarks and empty lines."""
    for line in block.splitlines():
        phrase = line.strip()
        if phrase and not phrase.startswith("# "):
            yield phrase
