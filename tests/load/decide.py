"""Measure a decision's pure time: with the shipped policy, and with one of a hundred rules."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from relief.contracts.states import Decided, DetectInput
from relief.contracts.turn import TurnRequest
from relief.decide.counterfactual import find_counterfactual
from relief.decide.policy import Policy, load_policy
from relief.decide.turn import decide_turn
from relief.detect.state import run_detect
from relief.remember.absorb import absorb_turn
from relief.remember.record import record_decision
from relief.settings import Settings

if TYPE_CHECKING:
    from relief.contracts.context import SessionContext

_NOW: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)
_SETTINGS: Final = Settings(table_name="bench")
_ROUNDS: Final = 100
_FAILED: Final = {"step": "verify_charge", "outcome": "failed"}
_TURNS: Final[tuple[dict[str, Any], ...]] = (
    {"text": "Hi, I think I was charged twice for order A-20391 last week, can you check?"},
    {"text": "the date was the 3rd, it says 49.90 both times", "facts": {"order_number": "A-20391"}},
    {"text": "ok and how long does that usually take?", "bot": {"step": "verify_charge", "outcome": "succeeded"}},
    {"telemetry": [{"kind": "step_viewed", "target": "invoice"}]},
    {"text": "no, that is not the one", "bot": _FAILED},
    {"text": "which of the two lines goes away then?"},
    {"text": "this is the third time I ask, get me a person please"},
)


def many_rules(number: int) -> Policy:
    """Return the shipped policy with narrowed copies of its rules added, up to this many."""
    document = load_policy().model_dump(mode="json")
    shipped = list(document["rules"])
    for place in range(number - len(shipped)):
        rule = shipped[place % len(shipped)]
        when = f"({rule['when']}) && !(contains(codes, 'COURTESY'))"
        document["rules"].append({**rule, "id": f"more-{place}", "when": when})
    return Policy.model_validate(document)


def typical_decisions(policy: Policy) -> list[Callable[[], Decided]]:
    """Return the decisions of a conversation, each ready to be made."""
    before: SessionContext | None = None
    decisions = []
    for number, fields in enumerate(_TURNS):
        turn = TurnRequest.model_validate(
            {"turn_id": f"t{number}", "channel": "web_chat", "journey": "billing_dispute", **fields}
        )
        stage = {"session_id": "b", "received_at": _NOW, "request_hash": "x", "turn": turn.model_dump(mode="json")}
        detected = run_detect(DetectInput.model_validate({**stage, "context": {}}), _SETTINGS).detected
        context = absorb_turn(before, "b", turn, detected, _NOW, _SETTINGS)
        decisions.append(partial(decide_turn, context, before, turn, detected, [], policy, [], "none"))
        before = record_decision(context, decisions[-1](), None)
    return decisions


def measure_decisions() -> dict[str, dict[str, float]]:
    """Return the milliseconds of a decision with its explanation, by the number of rules."""
    report = {}
    for policy in (load_policy(), many_rules(100)):
        times = []
        for decide in typical_decisions(policy):
            for _ in range(_ROUNDS):
                started = time.perf_counter()
                decided = decide()
                find_counterfactual(decided.facts, policy, decided.evaluated)
                times.append((time.perf_counter() - started) * 1000)
        ordered = sorted(times)
        spread = {"p50": statistics.median(ordered), "p95": ordered[int(len(ordered) * 0.95)]}
        report[f"{len(policy.rules)}_rules"] = {name: round(value, 3) for name, value in spread.items()}
    return report
