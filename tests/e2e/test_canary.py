"""Personal data in every place where callers can put it turns up in no log, no error, no record and no message."""

import http.client
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote, urlsplit

import pytest

from relief.contracts.vocabulary import Part
from relief.store.packed import pack
from tests.e2e.canaries import CANARIES, CUSTOMER, Canary, captured_logs, kinds_in, turn_with, watched_bus
from tests.e2e.conftest import SCOPES
from tests.local.faults import Fault, Rubbish
from tests.local.stack import LocalStack
from tests.recording import recorded

PLACES: Final = ("logs", "answers", "errors", "table", "queues", "bus", "workflow")
TOLD_BY_THEIR_FORM: Final = {"card", "iban", "phone", "email", "national_id", "ip_address", "mac_address"}
EVERYTHING: Final = Canary("everything", "", " ".join(canary.sentence for canary in CANARIES))
PERSON: Final = f"I want a human. {EVERYTHING.sentence}"


def send(
    stack: LocalStack,
    method: str,
    path: str,
    body: bytes = b"",
    token: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str]:
    """Send anything to the HTTP API; return status and the whole answer, its headers included."""
    connection = http.client.HTTPConnection(urlsplit(stack.base_url).netloc, timeout=20)
    authorization = f"Bearer {stack.token(SCOPES) if token is None else token}"
    connection.request(
        method, path, body, {"Authorization": authorization, "Content-Type": "application/json", **(headers or {})}
    )
    answer = connection.getresponse()
    text = f"{answer.getheaders()} {answer.read().decode()}"
    connection.close()
    return answer.status, text


def post(stack: LocalStack, session_id: str, turn: dict[str, Any]) -> tuple[int, str]:
    """Post a turn."""
    return send(stack, "POST", f"/v1/sessions/{session_id}/turns", json.dumps(turn).encode())


def break_nothing(_: LocalStack) -> None:
    """Leave all as it is."""


def break_route(stack: LocalStack) -> None:
    """Let the workflow's last resort hand over."""
    stack.faults.set("route", Fault.fail)


def break_detect(stack: LocalStack) -> None:
    """Let a stage receive what it must refuse."""
    stack.faults.set("detect", Fault.rubbish, rubbish=Rubbish.wrong_types)


def break_deliver(stack: LocalStack) -> None:
    """Let the first attempts at delivery fail."""
    stack.faults.set("deliver", Fault.fail, times=2)


def break_workflow(stack: LocalStack) -> None:
    """Let the api function hand over by itself."""
    stack.faults.set_operation("states", "StartSyncExecution", error_code="InternalFailure")


def break_bus(stack: LocalStack) -> None:
    """Let the hand-over go straight to the queue."""
    stack.faults.set_operation("events", "PutEvents", error_code="InternalException")


def break_table(stack: LocalStack) -> None:
    """Let nothing be read or written."""
    for operation in ("GetItem", "Query", "TransactWriteItems", "UpdateItem"):
        stack.faults.set_operation("dynamodb", operation, error_code="ThrottlingException")


def break_everything(stack: LocalStack) -> None:
    """Let nobody be told."""
    break_workflow(stack)
    break_bus(stack)
    stack.faults.set_operation("sqs", "SendMessage", error_code="InternalFailure")


BREAKS: Final[tuple[Callable[[LocalStack], None], ...]] = (
    break_nothing,
    break_route,
    break_detect,
    break_deliver,
    break_workflow,
    break_bus,
    break_table,
    break_everything,
)


def wrong_turns(canary: Canary) -> Iterator[dict[str, Any]]:
    """Yield turns that are refused: the canary is what is wrong, or stands beside it."""
    turn = turn_with(canary, turn_id="wrong")
    for name in ("channel", "turn_id", "locale", "journey", "at"):
        yield turn | {name: canary.sentence}
    yield turn | {"text": [canary.sentence]}
    yield turn | {"text": canary.sentence * 400}
    yield turn | {"bot": {"outcome": canary.sentence, "step": canary.value, "asked": [canary.sentence]}}
    yield turn | {"telemetry": [{"kind": canary.sentence, "seconds": canary.value, "at": canary.value}]}
    yield turn | {"customer": {"tier": canary.value, "tenure_months": canary.value, "region": canary.sentence * 4}}
    yield turn | {"facts": {"note": {"said": canary.sentence}}, "preferences": canary.sentence}
    yield turn | {"facts": {"note": canary.sentence * 10}, "evidence": [{"kind": canary.value, "ref": ""}]}
    yield turn | {"consent": {"store_context": canary.sentence}}
    yield turn | {"colour": canary.sentence}


def turns_with_wrong_names(canary: Canary) -> Iterator[dict[str, Any]]:
    """Yield turns in which the canary is the name of a field."""
    turn = turn_with(canary, turn_id="wrong")
    yield turn | {canary.value: "x"}
    yield turn | {"facts": {canary.value: "x"}}
    yield turn | {"bot": {canary.value: "x"}}


def wrong_paths(canary: Canary) -> Iterator[tuple[str, str]]:
    """Yield requests with the canary in path or query that cannot be answered with 200."""
    value = quote(canary.value, safe="")
    yield "GET", f"/v1/{value}"
    yield "GET", f"/v1/decisions/{value}"
    yield "GET", f"/v1/handoffs/{value}"
    yield "GET", f"/v1/handoffs?queue={quote(canary.sentence)}"
    yield "GET", f"/v1/handoffs?queue=billing&state={value}&limit={value}&next={value}"
    yield "GET", f"/v1/sessions/x/context?view={value}"
    yield "GET", f"/v1/sessions/{quote(canary.sentence)}/context"
    yield "GET", f"/v1/sessions/x/export?next={value}"
    yield "DELETE", f"/v1/sessions/{quote(canary.sentence)}"
    yield "POST", f"/v1/sessions/{quote(canary.sentence)}/turns"


def report(stack: LocalStack) -> Iterator[str]:
    """Let a desk put every canary into notes and its people's ids, and what comes after that; yield the answers."""
    _, text = post(stack, "canary-desk", {"turn_id": "t", "channel": "web_chat", "text": "I want a human"})
    handoff_id = re.search(r"hnd_\w+", text)
    assert handoff_id is not None
    path = f"/v1/handoffs/{handoff_id[0]}/events"
    for number, canary in enumerate(CANARIES):
        for kind in ("accepted", "requeued"):
            event = {"event_id": f"{kind}-{number}", "kind": kind, "note": canary.sentence, "agent_ref": CUSTOMER.value}
            status, text = send(stack, "POST", path, json.dumps(event).encode())
            assert status == 200, text
            yield text
    last = {"event_id": "last", "kind": "returned", "note": EVERYTHING.sentence[:500], "agent_ref": CUSTOMER.value}
    yield send(stack, "POST", path, json.dumps(last).encode())[1]
    yield post(stack, "canary-desk", {"turn_id": "u", "channel": "web_chat", "text": "and now?"})[1]
    for view in ("agent", "customer", "supervisor"):
        yield send(stack, "GET", f"/v1/sessions/canary-desk/context?view={view}")[1]


def wrong_events(canary: Canary) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield events and verdicts that are refused: the canary is what is wrong with them, or stands beside it."""
    event = {"event_id": "e", "kind": "accepted", "note": canary.sentence}
    path = f"/v1/handoffs/hnd_{'0' * 32}_{'0' * 24}"
    yield f"{path}/events", event
    yield f"{path}/events", event | {"kind": canary.sentence}
    yield f"{path}/events", event | {"event_id": canary.sentence, "slot": canary.value}
    yield f"{path}/events", event | {"note": canary.sentence * 30}
    yield f"{path}/feedback", {"timing": canary.sentence, "asked_again": [canary.value]}
    yield f"/v1/handoffs/{quote(canary.value, safe='')}/events", event


def errors_of(stack: LocalStack, answers: list[str]) -> Iterator[str]:
    """Send what must be refused, and yield the refusals."""
    for canary in CANARIES:
        refused = [post(stack, "refused", turn) for turn in wrong_turns(canary)]
        refused += [send(stack, method, path) for method, path in wrong_paths(canary)]
        refused += [send(stack, "POST", path, json.dumps(event).encode()) for path, event in wrong_events(canary)]
        refused.append(send(stack, "POST", "/v1/sessions/refused/turns", b'{"text": "' + canary.value.encode()))
        refused.append(send(stack, "POST", "/v1/sessions/refused/turns", json.dumps([canary.value] * 2000).encode()))
        refused.append(send(stack, "GET", "/v1/handoffs?queue=billing", token=canary.value.replace(" ", "")))
        assert {status for status, _ in refused} <= {400, 401, 403, 404, 413, 422}
        yield from (text for _, text in refused)
        conflict = turn_with(canary, turn_id=canary.kind, text=f"{canary.sentence} Again.")
        status, text = post(stack, "canary-of-everything", conflict)
        assert status == 409, text
        yield text
    assert answers, "there must be turns to be in conflict with"


def converse(stack: LocalStack) -> Iterator[str]:
    """Post every canary, first one by one, then all at once with one part after another broken; yield the answers."""
    for canary in CANARIES:
        status, text = post(stack, "canary-of-everything", turn_with(canary, turn_id=canary.kind))
        assert status == 200, text
        yield text
    yield from report(stack)
    for number, break_it in enumerate(BREAKS):
        break_it(stack)
        facts = {canary.kind: canary.value for canary in CANARIES[:40]}
        plain = turn_with(CANARIES[0], turn_id="all", text=PERSON, facts=facts)
        status, text = post(stack, f"canary-{number}", plain)
        assert status == 200, text
        yield text
        if break_it in {break_table, break_everything, break_deliver}:
            stack.drain()
        stack.faults.clear()
        stack.drain()
        yield post(stack, f"canary-{number}", plain | {"turn_id": "after"})[1]


@pytest.fixture(scope="module")
def found(stack: LocalStack) -> dict[str, list[str]]:
    """Everything that is written, sent or answered in the conversations, by place."""
    with captured_logs() as logs, recorded(stack) as recording, watched_bus(stack) as bus:
        answers = list(converse(stack))
        errors = list(errors_of(stack, answers))
        stack.drain()
    delivered = [record["body"] for call in recording.of("deliver") for record in call.input["Records"]]
    names = [queue for queue in stack.template.to_create({})["Resources"] if queue.endswith("Queue")]
    inner = [call for call in recording.calls if call.name != "api"]
    return {
        "logs": [logs.getvalue(), *(call.received for call in recording.calls if call.failed)],
        "answers": answers,
        "errors": errors,
        "table": [json.dumps(item, default=str, ensure_ascii=False) for item in stack.items()],
        "queues": [*delivered, *(body for name in names for body in stack.messages(name))],
        "bus": bus,
        "workflow": [text for call in inner for text in (call.sent, call.received)],
    }


@pytest.mark.parametrize("place", PLACES)
def test_no_canary_is_found(found: dict[str, list[str]], place: str) -> None:
    """Given canaries of more than forty kinds in every place of a turn, and in what desks report, then this place has something, and none of them."""
    assert sum(map(len, found[place])) > 1000
    assert kinds_in(found[place]) == {}


def test_the_faults_and_the_search_work(found: dict[str, list[str]]) -> None:
    """Given what was found, then every part was down once and the logs were seen, so that the others mean something."""
    answers = "".join(found["answers"])
    assert {part for part in (Part.route, Part.detect, Part.workflow, Part.announce, Part.context) if part in answers}
    assert "hand-over received" in found["logs"][0]
    assert "The turn workflow gave no answer" in found["logs"][0]
    for canary in CANARIES:
        spelled = [canary.value.upper(), json.dumps({"doc": json.dumps(canary.sentence)})]
        spelled.append(json.dumps({"writes": json.dumps({"doc": pack(canary.sentence.ljust(600))})}))
        digits = [character for character in canary.value if character.isdigit()]
        spelled += ["".join(digits), " ".join(digits)] if len(digits) >= 6 and canary.kind != "mac_address" else []
        assert all(canary.kind in kinds_in([text]) for text in spelled)
    assert CUSTOMER.kind in kinds_in([f'{{"ref": "{CUSTOMER.value}"}}'])


@pytest.mark.parametrize("wrong_names", range(3), ids=["of the turn", "of a fact", "of the bot's report"])
def test_a_refusal_does_not_repeat_personal_data_that_names_a_field(stack: LocalStack, wrong_names: int) -> None:
    """Given fields named like personal data that its form gives away, then neither the refusal nor a log repeats it."""
    told = [canary for canary in CANARIES if canary.kind in TOLD_BY_THEIR_FORM]
    with captured_logs() as logs:
        answers = [post(stack, "refused", list(turns_with_wrong_names(canary))[wrong_names]) for canary in told]
    assert {status for status, _ in answers} == {422}
    assert kinds_in([*(text for _, text in answers), logs.getvalue()]) == {}
