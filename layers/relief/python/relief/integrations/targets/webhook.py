"""Any other system: the whole hand-over, posted as JSON and signed.

The shape is Relief's own (``relief.contracts.handoff.Handoff``), described in its OpenAPI document. The budget is a
quarter of what an EventBridge API destination would take (https://docs.aws.amazon.com/eventbridge/latest/userguide/
eb-api-destinations.html: events of 256 KB). The receiver keeps ``Idempotency-Key`` for a day and answers a known one
with 200. When a hand-over that the receiver has moves to another queue or lane, ``relief.handoff.moved`` brings it
anew and says in ``moved`` where it was.
"""

from collections.abc import Sequence
from typing import Any

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import Authorization, HttpCall, Move
from relief.integrations.projection import Projection, shorten, size_of

OPTIONS: tuple[str, ...] = ()
AUTHORIZATION = Authorization()
BUDGET = 64 * 1024
EXPERIMENTAL = False
ONCE = "the receiver, by Idempotency-Key"
MOVED = "`relief.handoff.moved`"

_DROP_ORDER = (
    *("labels", "evidence", "preferences", "open_questions", "tried", "recommended_next", "facts", "account"),
    *("do_not_ask", "dropped"),
)
_LAST = ("skills", "degraded")
_LONGEST = 500
_STANDING = {"lease_until", "changed_at", "report", "delivered_at", "origin"}
"""Where it stands at Relief, which is no matter of the desk."""


def project(handoff: Handoff) -> Projection:
    """Return the document. A summary keeps its own 4 KB, so that only a damaged one is ever cut."""
    document = handoff.model_dump(mode="json", exclude=_STANDING)
    summary: dict[str, Any] = document["summary"]
    dropped: list[str] = []
    for place, names in ((summary, _DROP_ORDER), (document, _LAST)):
        for name in names:
            if size_of(document) <= BUDGET:
                break
            place.pop(name)
            dropped.append(name)
    if size_of(document) > BUDGET:
        dropped += [*_shorten(document), *_shorten(summary)]
    return Projection(document, dropped)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[HttpCall]:
    """Return the call that posts the document."""
    return (HttpCall("POST", "", {"type": "relief.handoff.requested", **_body(handoff, config)}),)


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[HttpCall]:
    """Return the call that posts the document anew, with where the hand-over was."""
    moved = {"number": move.number, "from_queue": move.queue, "from_lane": move.lane}
    return (HttpCall("POST", "", {"type": "relief.handoff.moved", **_body(handoff, config), "moved": moved}),)


def _body(handoff: Handoff, config: TargetConfig) -> dict[str, Any]:
    projection = project(handoff)
    return {"version": 1, "target": config.name, "handoff": projection.fields, "dropped": projection.dropped}


def _shorten(place: dict[str, Any]) -> list[str]:
    long = [name for name, value in place.items() if isinstance(value, str) and len(value) > _LONGEST]
    for name in long:
        place[name] = shorten(place[name], _LONGEST)
    return long
