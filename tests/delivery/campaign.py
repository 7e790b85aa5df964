"""Many hand-overs to a desk that fails now and then: `python -m tests.delivery.campaign` prints what became of them."""

import argparse
import contextlib
import io
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from relief.api.parachute import pack_parachute
from relief.api.services import load_services
from relief.api.webhooks import load_webhooks
from relief.contracts.turn import TurnRequest
from relief.deliver.__main__ import main as deliver_command
from relief.deliver.batch import load_batch
from relief.observability import logger
from relief.settings import Settings, load_settings
from tests.delivery.desk import Desk
from tests.local.stack import STACK_NAME, LocalStack

SECONDS: Final = 0.3
"""Time in which the desk must answer; it hangs for longer."""

_AT_ONCE: Final = 10
_WAVE: Final = 250
"""Messages that are under way at a time: moto looks at every message of a queue to find the next."""
_LONGEST_SECONDS: Final = 3600.0


@contextlib.contextmanager
def delivering_stack(desk: Desk, *targets: dict[str, Any]) -> Iterator[LocalStack]:
    """Run the application with desks that are all at this server."""
    configs = targets or ({"name": "desk", "kind": "webhook"},)
    configs = tuple({"url": desk.url, "private": True, **config} for config in configs)
    environment = {
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        "TARGETS": json.dumps(configs),
        "TARGET_SECONDS": str(SECONDS),
    }
    forget_environment()
    with LocalStack.start(environment=environment) as stack:
        names = {config["name"]: {"signing_key": desk.key, "token": "t0ken"} for config in configs}
        secret = f"{STACK_NAME}-TargetCredentials"
        stack.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=json.dumps(names))
        yield stack
    forget_environment()


def forget_environment() -> None:
    """Forget what an earlier stack of this process had in its environment, as a new process would."""
    for cached in (load_settings, load_services, load_batch, load_webhooks):
        cached.cache_clear()


def message(session_id: str) -> str:
    """Return the message of a hand-over that travels whole, as the last resort sends it."""
    turn = TurnRequest(turn_id="t1", channel="web_chat", journey="billing_dispute", text="a person please")
    event = pack_parachute(session_id, turn, "", datetime.now(UTC), Settings()).event
    return json.dumps({"source": "relief", "detail-type": "HandoffRequested", "detail": json.loads(event)})


def send(stack: LocalStack, bodies: list[str], queue: str = "BillingQueue") -> None:
    """Put messages on a queue."""
    client = stack.client("sqs")
    url = url_of(client, queue)
    for start in range(0, len(bodies), _AT_ONCE):
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies[start : start + 10])]
        answer = client.send_message_batch(QueueUrl=url, Entries=entries)
        assert not answer.get("Failed"), answer


def url_of(client: Any, logical_id: str) -> str:
    """Return a queue's URL."""
    urls: list[str] = client.list_queues()["QueueUrls"]
    return next(url for url in urls if url.endswith(f"-{logical_id}"))


def empty(stack: LocalStack) -> None:
    """Take everything out of the dead-letter queue."""
    client = stack.client("sqs")
    url = url_of(client, "DeadLetterQueue")
    while received := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in received:
            client.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])


def command(stack: LocalStack, name: str) -> tuple[int, Any]:
    """Run ``python -m relief.deliver`` in this process; return its exit code and what it printed."""
    os.environ["DEAD_LETTER_QUEUE_URL"] = url_of(stack.client("sqs"), "DeadLetterQueue")
    load_settings.cache_clear()
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            code = deliver_command([name, "--limit", "1000"])
    finally:
        del os.environ["DEAD_LETTER_QUEUE_URL"]
        load_settings.cache_clear()
    return code, json.loads(printed.getvalue())


def run(stack: LocalStack, desk: Desk, number: int) -> dict[str, Any]:
    """Deliver so many hand-overs, redrive what ended in the dead-letter queue, and count."""
    began = time.perf_counter()
    bodies = [message(f"campaign-{one}") for one in range(number)]
    for start in range(0, number, _WAVE):
        send(stack, bodies[start : start + _WAVE])
        stack.drain(_LONGEST_SECONDS)
    dead = redriven = len(stack.messages("DeadLetterQueue"))
    while dead:  # a hand-over that met a fault five times in a row
        command(stack, "redrive")
        stack.drain(_LONGEST_SECONDS)
        dead = len(stack.messages("DeadLetterQueue"))
        redriven += dead
    wanted = {json.loads(body)["detail"]["handoff"]["handoff_id"] for body in bodies}
    arrived = [taken.body["handoff"]["handoff_id"] for taken in desk.taken]
    return {
        "hand_overs": number,
        "requests": sum(desk.met.values()),
        "faults": {name: count for name, count in sorted(desk.met.items()) if name != "200"},
        "redriven": redriven,
        "lost": len(wanted - set(arrived)),
        "duplicated": len(arrived) - len(set(arrived)) + desk.duplicated,
        "forged": desk.forged,
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    """Run the campaign with a stack of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.delivery.campaign", description=__doc__)
    parser.add_argument("--hand-overs", type=int, default=5000)
    parser.add_argument("--faults", type=float, default=0.2, help="share of requests that meet a fault (0.2)")
    asked = parser.parse_args()
    logger.setLevel("CRITICAL")
    with Desk(share=asked.faults) as desk, delivering_stack(desk) as stack:
        print(json.dumps(run(stack, desk, asked.hand_overs)))


if __name__ == "__main__":
    main()
