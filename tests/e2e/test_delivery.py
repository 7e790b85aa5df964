"""What cannot be delivered is put aside after a few attempts, and never holds up what can."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from relief.api.parachute import pack_parachute
from relief.contracts.turn import TurnRequest
from relief.settings import Settings
from tests.e2e.conftest import Caller
from tests.local.stack import LocalStack
from tests.recording import Recording, recorded

QUEUE, DEAD = "BillingQueue", "DeadLetterQueue"
COMPANIONS = 4
CANARY = "grace.canary@example.net"


@pytest.fixture(autouse=True)
def _empty_dead_letter_queue(stack: LocalStack) -> Iterator[None]:
    empty(stack)
    yield
    empty(stack)


def empty(stack: LocalStack) -> None:
    """Take everything out of the dead-letter queue, which all tests of the stack share."""
    client = stack.client("sqs")
    url = url_of(client, DEAD)
    while received := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in received:
            client.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])


def url_of(client: Any, logical_id: str) -> str:
    """Return a queue's URL."""
    urls: list[str] = client.list_queues()["QueueUrls"]
    return next(url for url in urls if url.endswith(f"-{logical_id}"))


def message(session_id: str) -> str:
    """Return the message of a hand-over that travels whole, as the last resort sends it."""
    turn = TurnRequest(turn_id="t1", channel="web_chat", journey="billing_dispute", text="a person please")
    event = pack_parachute(session_id, turn, "", datetime.now(UTC), Settings()).event
    return json.dumps({"source": "relief", "detail-type": "HandoffRequested", "detail": json.loads(event)})


def poisoned(session_id: str, **changes: Any) -> str:
    """Return the same message with other values in its hand-over."""
    document = json.loads(message(session_id))
    document["detail"]["handoff"] |= changes
    return json.dumps(document)


def send_batch(stack: LocalStack, bodies: list[str]) -> None:
    """Put messages on the queue in one request, so that they arrive together."""
    client = stack.client("sqs")
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    assert len(client.send_message_batch(QueueUrl=url_of(client, QUEUE), Entries=entries)["Successful"]) == len(bodies)


def attempts_at(body: str, recording: Recording) -> list[int]:
    """Return, for each time that deliver was given this message, how many came with it."""
    batches = [[record["body"] for record in call.input["Records"]] for call in recording.of("deliver")]
    return [len(batch) - 1 for batch in batches if body in batch]


POISONS = {
    "no JSON": f"not a hand-over: {CANARY}",
    "another document": json.dumps({"source": "relief", "detail": {"queue": CANARY}}),
    "an identifier that is not ours": poisoned("poison", handoff_id=f"hnd_{CANARY}"),
    "a priority out of bounds": poisoned("poison", priority=1000),
}


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
def test_a_poison_message_ends_in_the_dead_letter_queue_and_the_others_are_delivered(
    caller: Caller, session_id: str, poison: str
) -> None:
    """Given a batch with a message that can never be delivered, then it alone is tried again, and in the end put aside.

    The others are on the work list, once each, and were given to deliver once: their first attempt did not fail.
    """
    sessions = [f"{session_id}-{number}" for number in range(COMPANIONS)]
    bodies = [message(one) for one in sessions]
    with recorded(caller.stack) as recording:
        send_batch(caller.stack, [*bodies[:2], poison, *bodies[2:]])
        caller.stack.drain()
    assert [len(caller.handed_over(one)) for one in sessions] == [1] * COMPANIONS
    assert caller.stack.messages(DEAD) == [poison]
    assert caller.stack.messages(QUEUE) == []
    assert attempts_at(poison, recording) == [COMPANIONS, *[0] * (allowed_attempts(caller.stack) - 1)]
    assert [len(attempts_at(body, recording)) for body in bodies] == [1] * COMPANIONS


def allowed_attempts(stack: LocalStack) -> int:
    """Return how often the template lets a message be received."""
    client = stack.client("sqs")
    answer = client.get_queue_attributes(QueueUrl=url_of(client, QUEUE), AttributeNames=["RedrivePolicy"])
    return int(json.loads(answer["Attributes"]["RedrivePolicy"])["maxReceiveCount"])


def test_a_batch_of_nothing_but_poison_is_put_aside_whole(caller: Caller) -> None:
    """Given a batch in which every message is poison, then all of it is put aside and the consumer goes on."""
    with recorded(caller.stack) as recording:
        send_batch(caller.stack, list(POISONS.values()))
        caller.stack.drain()
    assert sorted(caller.stack.messages(DEAD)) == sorted(POISONS.values())
    assert not [call for call in recording.of("deliver") if call.failed], "the function itself must not fail"


def test_a_message_that_comes_twice_is_one_hand_over(caller: Caller, session_id: str) -> None:
    """Given the same message twice in one batch and once more later, then the work list has it once."""
    body = message(session_id)
    send_batch(caller.stack, [body, body])
    caller.stack.drain()
    send_batch(caller.stack, [body])
    assert len(caller.handed_over(session_id)) == 1
    assert caller.stack.messages(DEAD) == []


def test_a_table_that_is_down_for_a_while_costs_no_message(caller: Caller, session_id: str) -> None:
    """Given a table that refuses the first attempts, then the message is tried again and arrives."""
    refusals = 2 * (allowed_attempts(caller.stack) - 2)  # the client tries each attempt twice
    caller.stack.faults.set_operation(
        "dynamodb", "TransactWriteItems", error_code="InternalServerError", status=500, times=refusals
    )
    send_batch(caller.stack, [message(session_id)])
    assert len(caller.handed_over(session_id)) == 1
    assert caller.stack.messages(DEAD) == []
