"""Keep the figures: follow the table's stream, off the path of any turn."""

from functools import lru_cache
from typing import Any

from relief.measure.figures.follow import follow
from relief.measure.figures.record import Recorder
from relief.measure.figures.table import FigureTable
from relief.observability import logger, metrics
from relief.settings import load_settings


@lru_cache(maxsize=1)
def _recorder() -> Recorder:
    return Recorder(FigureTable(load_settings()))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Record a batch of the stream; from the first record that fails on, it comes again."""
    return follow(event["Records"], _recorder(), metrics)
