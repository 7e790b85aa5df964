"""Chatwoot: a private note in the conversation, which is then opened for people.

Shape: "Create New Message" (``content``, ``message_type``, ``private``) and "Toggle Status" (``status: open``) of the
application API (https://developers.chatwoot.com/api-reference/messages/create-new-message,
https://developers.chatwoot.com/api-reference/conversations/toggle-status). A second attempt first looks for a note
with this hand-over's id among the last messages.

The session's identifier must be ``chatwoot-{account}-{conversation}``, which is what the agent-bot webhook uses.
"""

import re
from collections.abc import Sequence

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.errors import DeliveryRefused
from relief.integrations.calls import Authorization, HttpCall, Probe
from relief.integrations.card import write_card
from relief.integrations.projection import Projection

OPTIONS: tuple[str, ...] = ()
AUTHORIZATION = Authorization("api_access_token", "plain")
BUDGET = 32_000
EXPERIMENTAL = False
ONCE = "asks before it repeats"

_NOTE_CHARACTERS = 5_000
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
    messages = conversation_path(handoff.session_id)
    if messages is None:
        message = "The session is no conversation of Chatwoot's."
        raise DeliveryRefused(message)
    probe = Probe(f"{messages}/messages", f"payload[?content && contains(content, '{handoff.handoff_id}')] | [0]")
    return (
        HttpCall("POST", f"{messages}/messages", project(handoff).fields, probe=probe),
        HttpCall("POST", f"{messages}/toggle_status", {"status": "open"}),
    )


def session_of(account: int, conversation: int) -> str:
    """Return the identifier of the session that a conversation is."""
    return f"chatwoot-{account}-{conversation}"


def conversation_path(session_id: str) -> str | None:
    """Return the path of the conversation that a session is; ``None`` when it is none of Chatwoot's."""
    match = _SESSION.fullmatch(session_id)
    return f"/api/v1/accounts/{match[1]}/conversations/{match[2]}" if match else None
