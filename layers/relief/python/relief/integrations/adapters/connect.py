"""Amazon Connect: a flow's "Invoke AWS Lambda function" block becomes a turn, the decision a flat map of texts.

Event and answer: https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html. The event has
nothing of what the customer says, so the flow passes it as the parameter ``text``. Other parameters that are read:
``turn_id``, ``journey``, ``locale``, ``channel``, ``customer_ref``, ``step`` and ``outcome`` (what the flow did just
before), ``said``, ``asked``, ``intent``, and ``fact_...``. What is not a parameter is looked for among the contact's
attributes.

The flow should keep ``relief_turn`` of the answer as a contact attribute: then a repeated invocation is recognised,
and a customer who says the same twice is heard twice. The answer has at most 32 KB.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError

from relief.contracts.foreign import ConnectContact, ConnectEvent
from relief.contracts.vocabulary import Channel, StepOutcome
from relief.integrations.adapters.answer import flatten
from relief.integrations.adapters.incoming import (
    Incoming,
    Turns,
    as_facts,
    as_identifier,
    as_locale,
    as_name,
    as_text,
    decide_in_time,
    without_blanks,
)

SECONDS: Final = 6.8
"""For the decision; Connect waits eight at most, and starting a process takes its part."""

BUDGET: Final = 32 * 1024 - 64
_COUNTER: Final = "relief_turn"
_CHANNELS: Final = {
    "VOICE": Channel.voice,
    "CHAT": Channel.web_chat,
    "EMAIL": Channel.email,
    "TASK": Channel.in_app,
    "SMS": Channel.sms,
}
_FACT: Final = "fact_"


def answer_connect(event: Mapping[str, Any], turns: Turns, request_id: str, now: datetime) -> dict[str, str]:
    """Return the answer to a flow: always a flat map of texts, and never an error.

    Args:
        event: Connect's event.
        turns: Who decides.
        request_id: Of this invocation; stands in for a turn's identifier where the flow keeps no count.
        now: The time.
    """
    try:
        read = ConnectEvent.model_validate(event)
    except ValidationError:
        return {**flatten(None, "en-US", BUDGET).fields}
    incoming, count = read_connect(read, request_id)
    response = decide_in_time(turns, incoming, now, SECONDS)
    locale = str(incoming.document.get("locale", "en-US"))
    return {**flatten(response, locale, BUDGET).fields, _COUNTER: str(count + 1)}


def read_connect(event: ConnectEvent, request_id: str) -> tuple[Incoming, int]:
    """Return the turn of an event, and which of the contact's it is by the flow's count."""
    contact = event.details.contact
    values = {**contact.attributes, **event.details.parameters}
    counted = values.get(_COUNTER, "")
    count = int(counted) if counted.isascii() and counted.isdigit() else 0
    session = contact.initial_contact_id or contact.contact_id or request_id
    document = {
        "turn_id": _turn_id(values, counted, request_id),
        "channel": _channel(contact, values),
        "locale": as_locale(values.get("locale", "")) or as_locale(contact.language),
        "journey": as_name(values.get("journey", "")),
        "text": as_text(values.get("text", "")),
        "customer": without_blanks({"ref": _reference(contact, values)}),
        "facts": as_facts({name.removeprefix(_FACT): one for name, one in values.items() if name.startswith(_FACT)}),
    }
    return Incoming(as_identifier(session, "contact"), {**without_blanks(document), "bot": _bot(values)}), count


def _turn_id(values: Mapping[str, str], counted: str, request_id: str) -> str:
    if values.get("turn_id"):
        return as_identifier(values["turn_id"], "turn")
    if not counted:
        return as_identifier(request_id, "request")
    said = sha256(values.get("text", "").encode("utf-8", "replace")).hexdigest()[:16]
    return as_identifier(f"{counted}-{said}", "turn")


def _channel(contact: ConnectContact, values: Mapping[str, str]) -> str:
    named = values.get("channel", "")
    if named in set(Channel):
        return named
    return _CHANNELS.get(contact.channel.upper(), Channel.web_chat).value


def _reference(contact: ConnectContact, values: Mapping[str, str]) -> str:
    """Return who the customer is. It is hashed before anything is stored."""
    return (values.get("customer_ref") or contact.customer_id or contact.endpoint.address)[:128]


def _bot(values: Mapping[str, str]) -> dict[str, Any]:
    outcome = values.get("outcome", "")
    intent = values.get("intent", "")[:64]
    asked = [name for name in (as_name(one) for one in values.get("asked", "").split(",")) if name]
    return without_blanks(
        {
            "step": as_name(values.get("step", "")),
            "outcome": outcome if outcome in set(StepOutcome) else None,
            "said": as_text(values.get("said", "")),
            "asked": asked[:20],
            "intent": {"name": intent, "confidence": 1.0} if intent else None,
        }
    )
