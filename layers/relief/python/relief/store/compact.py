"""A decision's explanation as it is stored: without what its answer says already, and rules as short rows.

Every turn stores one, so that its size is most of what the table costs and holds.
"""

import json
from collections.abc import Iterable
from typing import Any

from relief.contracts.signals import Signals
from relief.contracts.states import DecisionRecord, FiredRule

_SCORES, _TRENDS, _CODES = "scores", "trends", "codes"
_DESCRIBED = {"session_id", "decided_at", "channel", "journey", "retried"}


def pack_explanation(record: DecisionRecord) -> str:
    """Write what a record says beside its answer as JSON."""
    facts, said = _pack_facts(record.facts, record.response.signals)
    explanation: dict[str, Any] = {
        **record.model_dump(mode="json", include=_DESCRIBED, exclude_defaults=True),
        "evaluated": _pack_rules(record.evaluated),
        "facts": facts,
    }
    if said:
        explanation["said"] = said
    if record.rollout is not None:
        explanation["rollout"] = record.rollout.model_dump(mode="json", exclude_defaults=True)
    if record.asked_queue is not None:
        explanation["asked_queue"] = record.asked_queue
    if record.counterfactual is not None:
        explanation["counterfactual"] = record.counterfactual.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(explanation, ensure_ascii=False, separators=(",", ":"))


def unpack_explanation(stored: str, response: dict[str, Any]) -> dict[str, Any]:
    """Read it; ``response`` is the answer as it was stored."""
    explanation = json.loads(stored)
    left_out = explanation.pop("said", [])
    return {
        **explanation,
        "evaluated": _unpack_rules(explanation["evaluated"]),
        "facts": _unpack_facts(explanation["facts"], left_out, response["signals"]),
    }


def _pack_rules(evaluated: Iterable[FiredRule]) -> list[list[Any]]:
    """Write rules as ``[rule, margin]``, those that fired as ``[rule, margin, 1]``."""
    return [[one.rule, one.margin, 1] if one.fired else [one.rule, one.margin] for one in evaluated]


def _unpack_rules(stored: list[Any]) -> list[dict[str, Any]]:
    """Read rules, also as objects, which is how they were stored once."""
    return [
        {"rule": one[0], "fired": len(one) > 2, "margin": one[1]} if isinstance(one, list) else one  # noqa: PLR2004
        for one in stored
    ]


def _pack_facts(facts: dict[str, Any], signals: Signals) -> tuple[dict[str, Any], list[str]]:
    """Return the facts without what the signals say as well, and the names of what was left out."""
    said = _said_by(signals)
    left_out = [name for name in said if facts.get(name) == said[name]]
    return {name: value for name, value in facts.items() if name not in left_out}, left_out


def _unpack_facts(stored: dict[str, Any], left_out: list[str], signals: dict[str, Any]) -> dict[str, Any]:
    """Put back what was left out, from the signals as they were stored."""
    if not left_out:
        return stored
    said = _said_by(Signals.model_validate(signals))
    return {**{name: said[name] for name in left_out}, **stored}


def _said_by(signals: Signals) -> dict[str, Any]:
    return {_SCORES: signals.scores(), _TRENDS: signals.trends(), _CODES: sorted(signals.codes())}
