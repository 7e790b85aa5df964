"""Amazon Lex V2: a code hook becomes a turn, the decision a dialog action.

Event: https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html ("your code shouldn't throw an error if
new fields are present"). Answer: https://docs.aws.amazon.com/lexv2/latest/dg/lambda-response-format.html. A proposed
prompt whose attempt is ``Retry1`` or later says, free of charge, that what the customer said last was not understood:
it is told as a failed step.

- ``answer``: Lex goes on as it proposed (``Delegate``). - ``clarify``: the question is asked, for the slot where the
intent has it (``ElicitSlot``), else openly (``ElicitIntent``). - ``change_strategy``: the proposal is said and the
customer asked for what they want (``ElicitIntent``). - ``escalate``: the intent is closed as failed with the word to
the customer; ``relief_action`` tells the flow to transfer. - ``hold``: nothing is said. While a person has the
conversation the intent is closed, else Lex goes on.

Session attributes of the bot's own all stay; Relief's have what is left of the 12 KB that the vendor's quotas allow an
answer. An event has 12 KB at most, so the whole stays below their 25 KB.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError

from relief.contracts.decision import TurnResponse
from relief.contracts.foreign import LexEvent
from relief.contracts.vocabulary import Action, Channel, Owner, StepOutcome
from relief.integrations.adapters.answer import flatten, words_of
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
from relief.integrations.projection import shorten
from relief.integrations.targets.lex_session import merge_attributes

SECONDS: Final = 6.8
_BUDGET: Final = 6 * 1024
_COUNTER: Final = "relief_turn"
_MESSAGE_CHARACTERS: Final = 1024
_SPEECH: Final = frozenset({"Speech", "DTMF"})
_BY_PERSON: Final = frozenset({Owner.human, Owner.queued, Owner.offered})


def answer_lex(event: Mapping[str, Any], turns: Turns, now: datetime) -> dict[str, Any]:
    """Return the answer to a code hook: always one that Lex takes, and never an error."""
    try:
        read = LexEvent.model_validate(event)
    except ValidationError:
        read = LexEvent()
    incoming = read_lex(read)
    response = decide_in_time(turns, incoming, now, SECONDS)
    return write_lex(response, read, event)


def read_lex(event: LexEvent) -> Incoming:
    """Return the turn of an event."""
    slot = as_name(event.proposed.action.slot)
    retried = event.proposed.prompt.attempt.startswith("Retry")
    intent = event.state.intent
    score = next((one.confidence.score for one in event.interpretations if one.intent.name == intent.name), None)
    confidence = min(1.0, max(0.0, score)) if score is not None else 1.0
    bot = {
        "intent": {"name": intent.name[:64], "confidence": confidence} if intent.name else None,
        "step": (slot or as_name(intent.name)) if retried else None,
        "outcome": StepOutcome.failed.value if retried else None,
        "asked": [slot] if slot and retried else [],
    }
    document = {
        "turn_id": _turn_id(event),
        "channel": (Channel.voice if event.mode in _SPEECH else Channel.web_chat).value,
        "locale": as_locale(event.bot.locale),
        "journey": as_name(event.state.attributes.get("relief_journey", "")),
        "text": as_text(event.transcript),
        "customer": without_blanks({"ref": event.state.attributes.get("relief_customer_ref", "")[:128]}),
        "facts": as_facts(_slot_values(intent.slots)),
    }
    return Incoming(as_identifier(event.session_id, "lex"), {**without_blanks(document), "bot": without_blanks(bot)})


def write_lex(response: TurnResponse | None, event: LexEvent, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer: dialog action, intent, session attributes, and what is said."""
    locale = as_locale(event.bot.locale) or "en-US"
    ours = {_COUNTER: str(_count(event) + 1), **flatten(response, locale, _BUDGET).fields}
    state: dict[str, Any] = {"sessionAttributes": merge_attributes(event.state.attributes, ours)}
    action, says = _act(response, event)
    state["dialogAction"] = action
    intent = _intent(raw)
    if intent is not None and action["type"] != "ElicitIntent":
        closed = {"state": "Failed"} if action["type"] == "Close" else {}
        state["intent"] = {**intent, **closed}
    answer: dict[str, Any] = {"sessionState": state}
    said = shorten(words_of(response, locale), _MESSAGE_CHARACTERS)
    if says and said:
        answer["messages"] = [{"contentType": "PlainText", "content": said}]
    return answer


def _act(response: TurnResponse | None, event: LexEvent) -> tuple[dict[str, Any], bool]:
    """Return the dialog action, and whether it comes with words."""
    if response is None or response.action is Action.escalate:
        return {"type": "Close"}, True
    match response.action:
        case Action.clarify:
            asked = response.next.ask.slot if response.next.ask else ""
            slot = next((name for name in event.state.intent.slots if as_name(name) == asked), None)
            return ({"type": "ElicitSlot", "slotToElicit": slot} if slot else {"type": "ElicitIntent"}), True
        case Action.change_strategy:
            return {"type": "ElicitIntent"}, True
        case Action.hold if response.owner in _BY_PERSON:
            return {"type": "Close"}, False
    # Lex cannot delegate to an intent that is not there.
    return ({"type": "Delegate"}, False) if event.state.intent.name else ({"type": "ElicitIntent"}, True)


def _intent(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the intent as it came, with every field that Lex knows of it."""
    state = raw.get("sessionState")
    intent = state.get("intent") if isinstance(state, dict) else None
    return intent if isinstance(intent, dict) and intent.get("name") else None


def _slot_values(slots: Mapping[str, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, slot in slots.items():
        value = slot.get("value") if isinstance(slot, dict) else None
        if isinstance(value, dict):
            found = value.get("interpretedValue") or value.get("originalValue")
            values[name] = found if isinstance(found, str) else ""
    return values


def _count(event: LexEvent) -> int:
    counted = event.state.attributes.get(_COUNTER, "")
    return int(counted) if counted.isascii() and counted.isdigit() else 0


def _turn_id(event: LexEvent) -> str:
    """Return an identifier that a repeated invocation has again, and the next turn has not: Lex gives none."""
    count = _count(event)
    told = f"{event.transcript}\n{event.proposed.action.slot}\n{event.proposed.prompt.attempt}"
    return f"{count}-{sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}"
