"""Chatwoot: a private note in the conversation, which is then opened for people.

Shape: "Create New Message" (``content``, ``message_type``, ``private``) and "Toggle Status" (``status: open``) of the
application API (https://developers.chatwoot.com/api-reference/messages/create-new-message,
https://developers.chatwoot.com/api-reference/conversations/toggle-status). A second attempt first looks for a note
with this hand-over's id among the last messages. When the hand-over moves, another note says so, looked for in the same
way, and the conversation gets the priority ("Update Conversation": ``urgent``, ``high``, ``medium`` or ``low``,
https://developers.chatwoot.com/api-reference/conversations/update-conversation). Labels and custom attributes are left
alone: their calls replace everything that people have set.

The session's identifier must be ``chatwoot-{account}-{conversation}``, which is what the agent-bot webhook uses.
"""

import re
from collections.abc import Sequence
from typing import Any

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.errors import DeliveryRefused
from relief.integrations.calls import Authorization, HttpCall, Move, Probe
from relief.integrations.card import mark_of, write_card, write_move
from relief.integrations.projection import Projection

OPTIONS: tuple[str, ...] = ()
AUTHORIZATION = Authorization("api_access_token", "plain")
BUDGET = 32_000
EXPERIMENTAL = False
ONCE = "asks before it repeats"
MOVED = "another note, and the conversation's priority"

_NOTE_CHARACTERS = 5_000
_PRIORITIES = ((90, "urgent"), (70, "high"), (40, "medium"), (0, "low"))
_SESSION = re.compile(r"chatwoot-(\d{1,18})-(\d{1,18})")


def project(handoff: Handoff) -> Projection:
    """Return the note."""
    content, dropped = write_card(handoff, _NOTE_CHARACTERS)
    return Projection({"content": content, "message_type": "outgoing", "private": True}, dropped)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[HttpCall]:
    """Return the call that writes the note, and the one that opens the conversation.

    Raises:
        DeliveryRefused: the session is no conversation of Chatwoot's.
    """
    _ = config
    conversation = _conversation(handoff)
    return (
        _note(conversation, project(handoff).fields, handoff.handoff_id),
        HttpCall("POST", f"{conversation}/toggle_status", {"status": "open"}),
    )


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[HttpCall]:
    """Return the call that writes another note, and the one that sets the priority."""
    _ = config
    conversation = _conversation(handoff)
    fields = {"content": write_move(handoff, move), "message_type": "outgoing", "private": True}
    priority = next(name for least, name in _PRIORITIES if handoff.priority >= least)
    return (
        _note(conversation, fields, mark_of(handoff, move)),
        HttpCall("PATCH", conversation, {"priority": priority}),
    )


def _note(conversation: str, fields: dict[str, Any], mark: str) -> HttpCall:
    """Return the call that writes a note, unless one with this mark is there."""
    probe = Probe(f"{conversation}/messages", f"payload[?content && contains(content, '{mark}')] | [0]")
    return HttpCall("POST", f"{conversation}/messages", fields, probe=probe)


def _conversation(handoff: Handoff) -> str:
    path = conversation_path(handoff.session_id)
    if path is None:
        message = "The session is no conversation of Chatwoot's."
        raise DeliveryRefused(message)
    return path


def session_of(account: int, conversation: int) -> str:
    """Return the identifier of the session that a conversation is."""
    return f"chatwoot-{account}-{conversation}"


def conversation_path(session_id: str) -> str | None:
    """Return the path of the conversation that a session is; ``None`` when it is none of Chatwoot's."""
    match = _SESSION.fullmatch(session_id)
    return f"/api/v1/accounts/{match[1]}/conversations/{match[2]}" if match else None
