"""Figures of effort, hand-overs and outcomes, for whoever runs the service."""

from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from relief.api.requests import parse_document
from relief.contracts.figures import MetricsAnswer
from relief.errors import Unavailable
from relief.measure.figures.report import CounterReader, MetricsQuery, report_figures


class MetricsService:
    """Everything that reading figures needs."""

    def __init__(self, reader: CounterReader) -> None:
        """Keep the reader; nothing is called yet."""
        self._reader = reader

    def read(self, query: dict[str, str], now: datetime) -> MetricsAnswer:
        """Return the figures that a query asks for.

        Raises:
            RequestInvalid: the query makes no sense; each parameter concerned is named.
            Unavailable: the table does not answer.
        """
        asked = parse_document(MetricsQuery.from_query(query, now), MetricsQuery)
        try:
            return report_figures(asked, self._reader, now)
        except (BotoCoreError, ClientError) as error:
            message = "The table does not answer. Send the same request again."
            raise Unavailable(message) from error
