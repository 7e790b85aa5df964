"""Contact Lens: a rule that has matched during a contact becomes a turn of that contact's session.

Event: https://docs.aws.amazon.com/connect/latest/adminguide/contact-lens-rules-eventbridge-event.html ("Contact Lens
Realtime Rules Matched", "Contact Lens Realtime Chat Rules Matched"); delivery is best effort. Nobody waits for an
answer: what follows is a hand-over that is delivered as usual, and the session's next answer, which knows of it.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from relief.contracts.decision import TurnResponse
from relief.contracts.foreign import ContactLensEvent
from relief.contracts.model import Contract, Name
from relief.contracts.vocabulary import Channel, StepOutcome
from relief.errors import DataFileInvalid
from relief.integrations.adapters.incoming import Incoming, Turns, as_identifier, decide, without_blanks
from relief.observability import logger

_FILE = Path(__file__).with_suffix(".yaml")
_ARN_PARTS = 2


class RuleMeaning(Contract):
    """What a rule's match stands for."""

    says: str | None = None
    step: Name | None = None
    outcome: StepOutcome | None = None


@lru_cache(maxsize=1)
def load_meanings() -> dict[str, RuleMeaning]:
    """Load what the rules mean, by action name.

    Raises:
        DataFileInvalid: the file does not validate.
    """
    try:
        return TypeAdapter(dict[str, RuleMeaning]).validate_python(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        message = f"{_FILE.name}: {error}"
        raise DataFileInvalid(message) from error


def take_rule_event(event: Mapping[str, Any], turns: Turns, now: datetime) -> TurnResponse | None:
    """Return the decision on what a rule has heard; ``None`` when it means nothing here."""
    incoming = read_rule_event(event)
    if incoming is None:
        logger.info("a rule of Contact Lens has no meaning here")
        return None
    return decide(turns, incoming, now)


def read_rule_event(event: Mapping[str, Any]) -> Incoming | None:
    """Return the turn of an event; ``None`` when its action has no meaning, or names no contact."""
    try:
        read = ContactLensEvent.model_validate(event)
    except ValidationError:
        return None
    meaning = load_meanings().get(read.detail.action)
    contact = read.detail.contact.split("/contact/")
    if meaning is None or len(contact) != _ARN_PARTS or not contact[1]:
        return None
    chat = "Chat" in str(event.get("detail-type", ""))
    document = {
        "turn_id": as_identifier(read.id or read.detail.rule, "rule"),
        "channel": (Channel.web_chat if chat else Channel.voice).value,
        "text": meaning.says,
        "bot": without_blanks({"step": meaning.step, "outcome": meaning.outcome and meaning.outcome.value}),
    }
    return Incoming(as_identifier(contact[1], "contact"), without_blanks(document))
