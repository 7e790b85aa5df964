"""What a function does while it starts, where Lambda gives it a whole processor and nobody waits for an answer."""

from collections.abc import Callable

from relief.errors import DataFileInvalid
from relief.observability import logger


def load_early(*loaders: Callable[[], object]) -> None:
    """Call loaders that remember what they load, before the first turn needs it.

    A file that does not validate is logged and met again by whoever needs it: a stage may have a way without it.
    """
    for load in loaders:
        try:
            load()
        except DataFileInvalid:
            logger.exception("A data file does not validate; turns that need it are decided without this stage.")
