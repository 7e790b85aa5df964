"""Personal data in what operators, reviewers, desks' systems and prompts bring in turns up nowhere either."""

import hmac
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from relief.summarise.prompts import load_prompts
from tests.e2e.canaries import CANARIES, CUSTOMER, Canary, captured_logs, kinds_in, watched_bus
from tests.e2e.test_canary import post, send
from tests.local.stack import STACK_NAME, LocalStack
from tests.recording import recorded

ROOT: Final = Path(__file__).resolve().parents[2]
MESSAGE: Final = json.loads((ROOT / "tests" / "events" / "chatwoot_message.json").read_text(encoding="utf-8"))
PLACES: Final = ("logs", "answers", "table", "bus", "functions")
PROMPTS: Final = tuple(load_prompts())
WHYS: Final = tuple(
    " ".join(canary.sentence for canary in CANARIES[first : first + 5]) for first in range(0, len(CANARIES), 5)
)
"""Every canary, in reasons as long as a reason may be."""

Answer = tuple[int, str]


def put(stack: LocalStack, path: str, body: dict[str, Any], method: str = "PUT") -> Answer:
    """Send a document."""
    return send(stack, method, path, json.dumps(body).encode())


def incidents(stack: LocalStack) -> Iterator[Answer]:
    """Declare, amend, preview, list and end incidents for reasons that hold personal data."""
    declared = {"template": "outage", "variables": {"service": "cards", "update": "14:00"}}
    for number, why in enumerate(WHYS):
        path = f"/v1/incidents/canary-{number}"
        scope = {"journeys": ["order_change"], "regions": ["nowhere"]}
        yield put(stack, path, {**declared, "scope": scope, "why": why})
        yield put(stack, path, {"version": 1, "severity": "minor", "why": why})
        yield put(stack, "/v1/incidents/preview", {"incident_id": f"canary-{number}", "version": 2}, "POST")
        yield send(stack, "GET", "/v1/incidents?state=all")
        yield put(stack, path, {"version": 2, "expires_at": "2001-01-01T00:00:00Z", "why": why})
        yield send(stack, "DELETE", path)


def reviews(stack: LocalStack) -> Iterator[Answer]:
    """Give verdicts on decisions, and switch policies, for reasons that hold personal data."""
    for number, why in enumerate(WHYS):
        turn = {"turn_id": "t", "channel": "web_chat", "text": "I will sue you, my lawyer writes today"}
        status, text = post(stack, f"canary-review-{number}", turn)
        yield status, text
        decision = text[text.index("dec_") :].split('"')[0]
        yield put(stack, f"/v1/reviews/{decision}", {"agree": True, "why": why}, "POST")
        yield send(stack, "GET", f"/v1/decisions/{decision}")
        yield send(stack, "GET", "/v1/reviews")
        yield put(stack, "/v1/policies/active", {"version": "no-such-version", "why": why})
    active = send(stack, "GET", "/v1/policies")
    yield active
    version = json.loads(active[1][active[1].index("] {") + 2 :])["active"]
    for why in WHYS:
        yield put(stack, "/v1/policies/active", {"version": version, "why": why})
    yield send(stack, "GET", "/v1/policies")


def prompts(stack: LocalStack) -> Iterator[Answer]:
    """Render every prompt with a session that was told everything."""
    for canary in CANARIES:
        turn = {
            "turn_id": canary.kind,
            "channel": "web_chat",
            "text": canary.sentence,
            "customer": {"ref": CUSTOMER.value},
        }
        yield post(stack, "canary-prompts", turn)
        for name in PROMPTS:
            yield send(stack, "GET", f"/v1/prompts/{name}?session_id=canary-prompts")


def signed(stack: LocalStack, path: str, prefix: str, document: dict[str, Any]) -> Answer:
    """Send what a desk's system signs."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=f"{STACK_NAME}-WebhookKeys")["SecretString"]
    body, at = json.dumps(document).encode(), str(int(time.time()))
    digest = hmac.new(json.loads(secret)["signing_key"].encode(), f"{at}.".encode() + body, sha256).hexdigest()
    headers = {f"X-{prefix}-Timestamp": at, f"X-{prefix}-Signature": f"sha256={digest}"}
    return send(stack, "POST", path, body, headers=headers)


def webhooks(stack: LocalStack) -> Iterator[Answer]:
    """Let desks' systems send personal data in words and in what stands around them."""
    for canary in CANARIES:
        sender = {**MESSAGE.get("sender", {}), "name": canary.sentence, "email": canary.value}
        conversation = {**MESSAGE["conversation"], "id": 4242}
        message = {**MESSAGE, "content": canary.sentence, "sender": sender, "conversation": conversation}
        yield signed(stack, "/v1/webhooks/chatwoot", "Chatwoot", {**message, "additional": canary.sentence})
        turn = {"turn_id": canary.kind, "channel": "web_chat", "text": canary.sentence}
        yield signed(
            stack, "/v1/webhooks/turns", "Relief", {"session_id": "canary-hook", "turn": turn, "vendor": canary.value}
        )
        yield signed(stack, "/v1/webhooks/turns", "Relief", {"session_id": "canary-hook", "turn": canary.sentence})


def flow_of(canary: Canary) -> dict[str, Any]:
    """Return Connect's event with the canary wherever a flow can put a text."""
    event: dict[str, Any] = json.loads((ROOT / "functions" / "connect" / "event.json").read_text(encoding="utf-8"))
    contact = event["Details"]["ContactData"]
    contact |= {
        "ContactId": "canary-flow",
        "CustomerId": CUSTOMER.value,
        "Description": canary.sentence,
        "Name": canary.value,
    }
    contact["CustomerEndpoint"] = {"Address": canary.value, "Type": "TELEPHONE_NUMBER"}
    contact["Attributes"] = {"relief_turn": canary.kind, "note": canary.sentence}
    event["Details"]["Parameters"] |= {"text": canary.sentence, "said": canary.sentence, "fact_note": canary.sentence}
    return event


def hook_of(canary: Canary) -> dict[str, Any]:
    """Return Lex's event with the canary wherever a customer can put a text."""
    event: dict[str, Any] = json.loads((ROOT / "functions" / "lex" / "event.json").read_text(encoding="utf-8"))
    slot = {"shape": "Scalar", "value": {"originalValue": canary.sentence, "interpretedValue": canary.value}}
    event |= {"sessionId": "canary-hook-lex", "inputTranscript": canary.sentence}
    event["sessionState"]["sessionAttributes"] = {"campaign": "autumn", "relief_turn": "1"}
    event["sessionState"]["intent"]["slots"] = {"NewAddress": slot, "Note": slot}
    return event


def without_slots(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without Lex's own slots: they go back to Lex as they came, or Lex would forget them."""
    answer.get("sessionState", {}).get("intent", {}).pop("slots", None)
    return answer


@pytest.fixture(scope="module")
def found(stack: LocalStack) -> dict[str, list[str]]:
    """Everything that is written, sent or answered, by place, with the statuses of the answers."""
    answers: list[Answer] = []
    functions: list[str] = []
    with ExitStack() as watching:
        logs = watching.enter_context(captured_logs())
        recording = watching.enter_context(recorded(stack))
        bus = watching.enter_context(watched_bus(stack))
        for bring_in in (incidents, reviews, prompts, webhooks):
            answers += bring_in(stack)
        for canary in CANARIES:
            for name, event in (("connect", flow_of(canary)), ("lex", hook_of(canary))):
                answer = stack.functions.invoke(name, json.dumps(event).encode())
                functions.append(json.dumps(without_slots(json.loads(answer.payload)), ensure_ascii=False))
        stack.drain()
    names = [queue for queue in stack.template.to_create({})["Resources"] if queue.endswith("Queue")]
    carried = [call for call in recording.calls if call.name not in {"api", "webhooks", "connect", "lex"}]
    return {
        "logs": [logs.getvalue()],
        "answers": [text for _, text in answers],
        "table": [json.dumps(item, default=str, ensure_ascii=False) for item in stack.items()],
        "bus": bus,
        "functions": [
            *functions,
            *(call.sent for call in carried),
            *(body for name in names for body in stack.messages(name)),
        ],
        "statuses": [str(status) for status, _ in answers],
    }


@pytest.mark.parametrize("place", PLACES)
def test_no_canary_is_found(found: dict[str, list[str]], place: str) -> None:
    """Given canaries in reasons, verdicts, prompts' sessions, webhooks, flows and hooks, then this place has none."""
    assert sum(map(len, found[place])) >= 1000
    assert kinds_in(found[place]) == {}


def test_what_was_brought_in_was_taken(found: dict[str, list[str]]) -> None:
    """Given the answers, then most were accepted, and reasons are kept with placeholders where the data was."""
    taken = found["statuses"].count("200")
    assert taken >= 0.7 * len(found["statuses"]), found["statuses"]
    table = "".join(found["table"])
    assert "[EMAIL]" in table
    assert "[CARD]" in table
