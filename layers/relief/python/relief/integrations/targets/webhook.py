"""Any other system: the whole hand-over, posted as JSON and signed.

The shape is Relief's own (``relief.contracts.handoff.Handoff``), described in its OpenAPI document. The budget is a
quarter of what an EventBridge API destination would take (https://docs.aws.amazon.com/eventbridge/latest/userguide/
eb-api-destinations.html: events of 256 KB). The receiver keeps ``Idempotency-Key`` for a day and answers a known one
with 200.
"""

from collections.abc import Sequence
from typing import Any

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import Authorization, HttpCall
from relief.integrations.projection import Projection, shorten, size_of

OPTIONS: tuple[str, ...] = ()
AUTHORIZATION = Authorization()
BUDGET = 64 * 1024
EXPERIMENTAL = False
ONCE = "the receiver, by Idempotency-Key"

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
    projection = project(handoff)
    body = {
        "type": "relief.handoff.requested",
        "version": 1,
        "target": config.name,
        "handoff": projection.fields,
        "dropped": projection.dropped,
    }
    return (HttpCall("POST", "", body),)


def _shorten(place: dict[str, Any]) -> list[str]:
    long = [name for name, value in place.items() if isinstance(value, str) and len(value) > _LONGEST]
    for name in long:
        place[name] = shorten(place[name], _LONGEST)
    return long
