"""Patterns that are compiled when a text first needs them: all together would add 0.1 s to a function's cold start."""

import re
from functools import cached_property


class LazyPattern:
    """A regular expression whose compilation waits for its first use."""

    def __init__(self, source: str) -> None:
        """Keep the source; an error in it shows at the first use."""
        self.source = source

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.source)
