"""Archive decisions: follow the table's stream, off the path of any turn."""

from functools import lru_cache
from typing import Any

from relief.measure.archive import archive_batch
from relief.observability import logger
from relief.settings import load_settings
from relief.store.archive import DecisionStream


@lru_cache(maxsize=1)
def _archive() -> DecisionStream:
    return DecisionStream(load_settings())


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Archive a batch of the stream; from the first record that fails on, it comes again."""
    return archive_batch(event["Records"], _archive())
