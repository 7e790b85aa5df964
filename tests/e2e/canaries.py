"""Canaries: invented personal data that must turn up nowhere, and the places where they are looked for."""

import contextlib
import io
import json
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from relief.observability import logger
from relief.store.packed import MARK, unpack
from tests.local.stack import LocalStack

_CASES: Final = yaml.safe_load((Path(__file__).parent / "cases" / "canaries.yaml").read_text(encoding="utf-8"))
_WATCH: Final = "canary-watch"
_PACKED: Final = re.compile(rf"{MARK}\d*:[A-Za-z0-9+/=]+")
_FEWEST_DIGITS: Final = 6
_BETWEEN_DIGITS: Final = r"[\s().:+/_-]{0,2}"


@dataclass(frozen=True)
class Canary:
    """One invented value, and the sentence around it."""

    kind: str
    value: str
    sentence: str

    def is_in(self, text: str) -> bool:
        """Tell whether the value is in a text: in any case, and its digits alone with or without separators."""
        if self._pattern.search(text):
            return True
        digits = re.sub(r"\D", "", self.value)
        pattern = rf"(?<![0-9a-f]){_BETWEEN_DIGITS.join(digits)}(?![0-9a-f])"
        return len(digits) >= _FEWEST_DIGITS and bool(re.search(pattern, text, re.IGNORECASE))

    @property
    def _pattern(self) -> re.Pattern[str]:
        # A short number may well stand in the middle of a hash.
        return re.compile(rf"(?<![0-9a-z]){re.escape(self.value)}(?![0-9a-z])", re.IGNORECASE)


CANARIES: Final = tuple(
    Canary(kind, case["value"], case["said"].format(case["value"])) for kind, case in _CASES.items()
)
CUSTOMER: Final = Canary("customer", "customer-canary-77031", "")
"""The caller's own identifier, which is nowhere but in its keyed hash."""


def kinds_in(texts: Iterable[str]) -> dict[str, str]:
    """Return the kinds of canaries in some texts, and around the first of each what else is there."""
    found: dict[str, str] = {}
    for text in texts:
        # JSON within JSON escapes its quotes, which must not count as being part of a word.
        plain = _PACKED.sub(lambda packed: unpack(packed[0]), text).replace("\\", " ")
        for canary in (*CANARIES, CUSTOMER):
            if canary.kind not in found and canary.is_in(plain):
                position = plain.lower().find(canary.value.lower())
                found[canary.kind] = plain[max(0, position - 80) : position + 80]
    return found


@contextlib.contextmanager
def captured_logs() -> Iterator[io.StringIO]:
    """Collect what would be in CloudWatch Logs: what functions log at any level, print, and let escape.

    Other libraries log warnings and errors, as in Lambda's own runtime.
    """
    stream = io.StringIO()
    others = logging.StreamHandler(stream)
    own = logger.registered_handler
    if not isinstance(own, logging.StreamHandler):
        message = "The functions' logger does not write to a stream."
        raise TypeError(message)
    level = logger.log_level
    before = own.setStream(stream)
    logger.setLevel("DEBUG")
    logging.getLogger().addHandler(others)
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield stream
    finally:
        logging.getLogger().removeHandler(others)
        logger.setLevel(level)
        own.setStream(before)


@contextlib.contextmanager
def watched_bus(stack: LocalStack) -> Iterator[list[str]]:
    """Collect every event on the bus that is there when the context ends."""
    events, sqs = stack.client("events"), stack.client("sqs")
    bus = next(one["Name"] for one in events.list_event_buses()["EventBuses"] if one["Name"] != "default")
    url = sqs.create_queue(QueueName=_WATCH)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=_WATCH, EventBusName=bus, EventPattern=json.dumps({"source": ["relief"]}))
    events.put_targets(Rule=_WATCH, EventBusName=bus, Targets=[{"Id": _WATCH, "Arn": arn}])
    seen: list[str] = []
    try:
        yield seen
    finally:
        seen += stack.messages(_WATCH)
        events.remove_targets(Rule=_WATCH, EventBusName=bus, Ids=[_WATCH])
        events.delete_rule(Name=_WATCH, EventBusName=bus)
        sqs.delete_queue(QueueUrl=url)


def turn_with(canary: Canary, **body: Any) -> dict[str, Any]:
    """Return a turn with the canary in every place where a caller can put a text."""
    return {
        "channel": "web_chat",
        "journey": "account_recovery",
        "text": canary.sentence,
        "telemetry": [{"kind": "control_clicked", "target": canary.sentence}],
        "bot": {
            "intent": {"name": canary.sentence, "confidence": 0.4},
            "step": "verify_identity",
            "outcome": "failed",
            "said": f"Did I get this right? {canary.sentence}",
        },
        "facts": {canary.kind: canary.value, "note": canary.sentence, "order_number": canary.sentence},
        "preferences": {"contact_by": canary.sentence},
        "evidence": [{"kind": "upload", "ref": canary.sentence}],
        "customer": {"ref": CUSTOMER.value, "products": [canary.sentence], "region": canary.sentence[:32]},
        **body,
    }
