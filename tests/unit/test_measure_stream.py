"""The consumer of the table's stream, from the items that turns really write to the metrics that CloudWatch gets."""

import io
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics
from botocore.exceptions import ClientError

from relief.measure.figures.follow import follow
from relief.measure.figures.memory import FiguresInMemory
from relief.measure.figures.publish import METRICS, RECORDS, WAIT, publish_counts
from relief.measure.figures.record import Change, Recorder
from relief.measure.figures.sketch import RELATIVE_ERROR, find_bucket
from tests.pipeline import Session


class Sink:
    """Keeps what CloudWatch would get."""

    def __init__(self) -> None:
        self.values: list[tuple[str, float]] = []

    def add_metric(self, name: str, unit: Any, value: float) -> None:
        """Keep a value."""
        self.values.append((name, value))

    @property
    def sums(self) -> Counter[str]:
        """Sums by name."""
        sums: Counter[str] = Counter()
        for name, value in self.values:
            sums[name] += int(value)
        return sums


class BrokenTable(FiguresInMemory):
    """A table that does not answer."""

    def commit(self, changes: Sequence[Change]) -> bool:
        """Fail."""
        raise ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")


def records_of(session: Session, start: int = 1) -> list[dict[str, Any]]:
    """Return the last turn's writes as records of the stream."""
    images = [write["Put"]["Item"] for write in session.writes if "Put" in write]
    return [
        {"dynamodb": {"SequenceNumber": str(number), "NewImage": image}} for number, image in enumerate(images, start)
    ]


def asked_for_a_person() -> list[dict[str, Any]]:
    """Return the records of a turn that was handed over."""
    session = Session()
    session.say("I want to talk to a human", facts={"order_number": "A-1"})
    return records_of(session)


def test_a_turn_counts_once_however_often_its_records_come() -> None:
    """Given the records of a turn that was handed over, twice, then session, turn and hand-over count once."""
    recorder, first, again = Recorder(FiguresInMemory()), Sink(), Sink()
    records = asked_for_a_person()
    assert follow(records, recorder, first) == {"batchItemFailures": []}
    assert follow(records, recorder, again) == {"batchItemFailures": []}
    assert {name: first.sums[name] for name in ("Sessions", "Turns", "Handovers")} == {
        "Sessions": 1,
        "Turns": 1,
        "Handovers": 1,
    }
    assert again.sums == {RECORDS: len(records)}


def test_what_tells_nothing_is_passed_over() -> None:
    """Given a deletion and an item of another kind, then nothing is counted but that they were looked at."""
    other = {"pk": {"S": "SESSION#s"}, "sk": {"S": "CONTEXT"}}
    records = [{"dynamodb": {"SequenceNumber": "1"}}, {"dynamodb": {"SequenceNumber": "2", "NewImage": other}}]
    sink = Sink()
    assert follow(records, Recorder(FiguresInMemory()), sink) == {"batchItemFailures": []}
    assert sink.values == [(RECORDS, 2)]


def test_a_record_that_cannot_be_read_keeps_no_other_from_counting() -> None:
    """Given one damaged record among good ones, then it alone is named to come again, and the others count."""
    damaged = {"pk": {"S": "SESSION#s"}, "sk": {"S": "OUTCOME#1"}, "doc": {"S": "{"}}
    good = asked_for_a_person()
    records = [{"dynamodb": {"SequenceNumber": "bad", "NewImage": damaged}}, *good]
    sink = Sink()
    assert follow(records, Recorder(FiguresInMemory()), sink) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert sink.sums["Turns"] == 1


def test_a_table_that_does_not_answer_has_the_whole_batch_come_again() -> None:
    """Given a table that fails, then the batch comes again from its first record on, and nothing is counted."""
    sink = Sink()
    records = asked_for_a_person()
    answer = follow(records, Recorder(BrokenTable()), sink)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert sink.values == [(RECORDS, len(records))]


@pytest.mark.parametrize("name", METRICS)
def test_each_metric_shows_its_counter_and_no_correction(name: str) -> None:
    """Given a counter that rose, then its metric has the number; one that fell is not published."""
    counter = METRICS[name].counter
    rose, fell = Sink(), Sink()
    publish_counts(Counter({counter: 3}), 1, rose)
    publish_counts(Counter({counter: -1}), 1, fell)
    assert rose.values == [(RECORDS, 1), (name, 3)]
    assert fell.values == [(RECORDS, 1)]


def test_waiting_times_are_published_one_by_one() -> None:
    """Given two customers who waited about as long, then both values reach CloudWatch, within the sketch's error."""
    sink = Sink()
    publish_counts(Counter({f"wait#{find_bucket(240)}": 2}), 0, sink)
    waits = [value for name, value in sink.values if name == WAIT]
    assert waits == [pytest.approx(240, rel=RELATIVE_ERROR)] * 2


def test_metrics_leave_as_one_embedded_metric_line_without_any_identifier() -> None:
    """Given AWS Powertools as the sink, then one line of EMF comes out: values by service, no session, no customer."""
    metrics = EphemeralMetrics(namespace="Relief/test", service="relief")
    follow(asked_for_a_person(), Recorder(FiguresInMemory()), metrics)
    out = io.StringIO()
    with redirect_stdout(out):
        metrics.flush_metrics()
    line = json.loads(out.getvalue())
    directive = line["_aws"]["CloudWatchMetrics"][0]
    assert directive["Namespace"] == "Relief/test"
    assert directive["Dimensions"] == [["service"]]
    assert {"Name": "Turns", "Unit": "Count"} in directive["Metrics"]
    assert line["Turns"] == [1.0]
    assert set(line) == {"_aws", "service", *(one["Name"] for one in directive["Metrics"])}
