"""Publish what was recorded as CloudWatch metrics, by counters over all sessions: no identifier, no customer's data."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from aws_lambda_powertools.metrics import MetricUnit

from relief.measure.figures.sketch import find_value
from relief.measure.figures.tally import Counts


class MetricSink(Protocol):
    """Takes metric values; AWS Powertools' Metrics does."""

    def add_metric(self, name: str, unit: MetricUnit | str, value: float) -> None:
        """Take one value."""


class Published(NamedTuple):
    """A metric, and the counter that it shows."""

    counter: str
    description: str


METRICS: Final[Mapping[str, Published]] = {
    "Sessions": Published("sessions", "sessions begun"),
    "Turns": Published("turns", "customer turns decided"),
    "Handovers": Published("handoffs", "hand-overs requested"),
    "AskedAgain": Published("asked_again", "hand-overs in which the customer was asked for what was known"),
    "Rerouted": Published("rerouted", "hand-overs put back or sent to another queue"),
    "RepeatedContacts": Published("repeats", "sessions about the same within seven days"),
    "StepRetries": Published("retries", "failed steps taken again"),
    "SummariesJudged": Published("summaries", "verdicts on summaries"),
    "SummariesCorrect": Published("summaries_right", "verdicts that a summary was correct"),
    "HandoverLate": Published("timing_late", "hand-overs that came too late"),
    "Resolved": Published("end_resolved", "sessions resolved with a person"),
    "Contained": Published("end_contained", "sessions resolved by the bot alone"),
    "Deflected": Published("end_deflected", "sessions unresolved without a person"),
    "Abandoned": Published("end_abandoned", "sessions that customers left"),
}
"""By metric name. What a late fact takes back of a counter is not published: CloudWatch keeps no corrections."""

RECORDS: Final = "StreamRecords"
"""Records of the table's stream that were looked at, so that a silence of the stream shows."""

WAIT: Final = "TimeToHuman"
"""Seconds from the first signal to the person's first word."""

_WAIT_BUCKET: Final = "wait#"


def publish_counts(counts: Counts, records: int, sink: MetricSink) -> None:
    """Hand what was just added to the counters to CloudWatch, and how many records it came from."""
    sink.add_metric(RECORDS, MetricUnit.Count, records)
    for name, published in METRICS.items():
        if counts[published.counter] > 0:
            sink.add_metric(name, MetricUnit.Count, counts[published.counter])
    for key, number in counts.items():
        if key.startswith(_WAIT_BUCKET):
            for _ in range(number):
                sink.add_metric(WAIT, MetricUnit.Seconds, round(find_value(int(key[len(_WAIT_BUCKET) :])), 1))
