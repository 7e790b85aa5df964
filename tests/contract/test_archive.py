"""What the archive keeps of decisions: what happened and why, and nothing of anybody."""

import gzip
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.archive import ArchivedDecision
from relief.contracts.states import DecisionRecord
from relief.contracts.vocabulary import Action
from relief.measure.archive import archive_batch, strip_decision
from relief.store.writes import load_decision
from tests.contract.test_function_events import event_of
from tests.local import LocalStack
from tests.local.archive import BUCKET

PERSONAL = {
    "text": "This is Wilhelmina Karstensen, mail wilhelmina.karstensen@example.org, 4111 1111 1111 1111. A person, please!",
    "customer": {"ref": "crm-7701234", "region": "upper-bavaria", "products": ["platinum-card"], "tenure_months": 977},
    "facts": {"order_number": "WX-88471"},
    "preferences": {"contact": "mornings-only"},
    "bot": {
        "step": "ask_wilhelmina",
        "said": "Hello Wilhelmina",
        "intent": {"name": "wilhelminas_wish", "confidence": 0.99},
    },
    "telemetry": [{"kind": "step_failed", "target": "karstensen-form"}],
}
TELLING = (
    "wilhelmina karstensen 4111 7701234 bavaria platinum 977 88471 mornings person, session- sess_ dec_ hnd_ k1."
).split()


class Archive:
    """Takes what is archived, but for the first so many."""

    def __init__(self, refused: int = 0) -> None:
        self.kept: list[ArchivedDecision] = []
        self._refused = refused

    def keep(self, decisions: Any) -> list[bool]:
        """Take all but the first."""
        self.kept += decisions[self._refused :]
        return [place >= self._refused for place in range(len(decisions))]


def post_turn(stack: LocalStack, session: str, turn: dict[str, Any]) -> dict[str, Any]:
    """Have a turn decided."""
    headers = {"authorization": f"Bearer {stack.token('relief/turns')}", "content-type": "application/json"}
    body = json.dumps({"turn_id": uuid4().hex, "channel": "web_chat", "journey": "order_change", **turn}).encode()
    with urlopen(Request(f"{stack.base_url}/v1/sessions/{session}/turns", body, headers)) as answer:  # noqa: S310
        decision: dict[str, Any] = json.load(answer)
        return decision


def archived(stack: LocalStack) -> list[dict[str, Any]]:
    """Return everything in the archive, once those who follow the table have caught up."""
    stack.items()
    s3 = stack.client("s3")
    bodies = [
        s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
        for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    ]
    text = "".join((gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode() for body in bodies)
    return [json.loads(line) for line in text.splitlines()]


def wait_for(stack: LocalStack, number: int) -> list[dict[str, Any]]:
    """Return what is archived once there are so many records."""
    deadline = time.monotonic() + 20
    while len(found := archived(stack)) < number:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def stored(**changes: Any) -> DecisionRecord:
    """Return the decision of the function's event, changed."""
    image = event_of("archive")["Records"][0]["dynamodb"]["NewImage"]
    record = load_decision(image, datetime(1970, 1, 2, tzinfo=UTC))
    assert record is not None
    return record.model_copy(update=changes)


def test_a_decision_reaches_the_archive_without_whose_it_was(stack: LocalStack) -> None:
    """Given a turn full of personal data, when it is decided, then its record in the archive has nothing of it."""
    before = len(archived(stack))
    decision = post_turn(stack, f"session-{uuid4().hex}", PERSONAL)
    record = wait_for(stack, before + 1)[-1]
    ArchivedDecision.model_validate(record)
    assert record["action"] == decision["action"] == Action.escalate
    assert record["scores"] == {name: signal["score"] for name, signal in decision["signals"].items()}
    assert record["versions"] == decision["versions"]
    text = json.dumps(record).lower()
    assert [word for word in TELLING if word in text] == []
    assert decision["session_id"] not in text


def test_who_allows_nothing_to_be_kept_is_not_archived(stack: LocalStack) -> None:
    """Given a customer who does not consent to storage, when a turn is decided, then the archive does not hear of it."""
    session = f"session-{uuid4().hex}"
    before = len(archived(stack))
    post_turn(stack, session, {"text": "Where is my parcel?", "consent": {"store_context": False}})
    post_turn(stack, f"session-{uuid4().hex}", {"text": "Where is my parcel?"})
    assert len(wait_for(stack, before + 1)) == before + 1


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_that_a_caller_chose_are_not_archived(journey: str, intent: str) -> None:
    """Given any journey and intent that the installation does not know, then the record says `other`."""
    mark = "☎"
    record = stored(journey=mark + journey)
    answer = record.response
    answer = answer.model_copy(update={"intent": answer.intent.model_copy(update={"name": mark + intent})})
    stripped = strip_decision(record.model_copy(update={"response": answer}))
    assert (stripped.journey, stripped.intent) == ("other", "other")
    assert mark not in stripped.model_dump_json()


def test_the_time_is_that_of_the_hour() -> None:
    """Given a decision, then nothing finer than its hour is archived."""
    assert strip_decision(stored()).model_dump(mode="json")["hour"].endswith(":00:00.000Z")


@pytest.mark.parametrize(("refused", "again"), [(0, []), (1, ["1"]), (3, ["1"])])
def test_what_the_archive_refuses_comes_again(refused: int, again: list[str]) -> None:
    """Given an archive that takes a part of a batch, then the batch comes again from the first refused record on."""
    (record,) = event_of("archive")["Records"]
    batch = [{"dynamodb": {**record["dynamodb"], "SequenceNumber": str(number)}} for number in (1, 2, 3)]
    answer = archive_batch(batch, Archive(refused))
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == again


def test_a_record_that_nobody_can_read_keeps_none_before_it_from_the_archive() -> None:
    """Given a batch with a broken record, then what is before it is archived, and it comes again by itself."""
    (record,) = event_of("archive")["Records"]
    image = {**record["dynamodb"]["NewImage"], "response": {"S": "{"}}
    broken = {"dynamodb": {**record["dynamodb"], "NewImage": image, "SequenceNumber": "2"}}
    archive = Archive()
    answer = archive_batch([record, broken, record], archive)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert len(archive.kept) == 1
