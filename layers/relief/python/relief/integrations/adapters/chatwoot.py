"""Chatwoot: an agent bot's webhook becomes a turn, and what Relief says goes into the conversation.

Event: ``message_created`` (https://www.chatwoot.com/docs/product/others/webhook-events). Only what customers write
counts, and only while the conversation is ``pending``, which is Chatwoot's word for "the bot has it". Requests are
signed as Relief's own are, under ``X-Chatwoot-Signature: sha256=<hex>`` and ``X-Chatwoot-Timestamp``, by a secret of
the bot's own: the vendor's changes https://github.com/chatwoot/chatwoot/pull/13573 (time and body are what is signed)
and https://github.com/chatwoot/chatwoot/pull/13892 (agent bots sign too, March 2026). Servers from before sign
nothing and are refused.

Words are posted by the target of the kind ``chatwoot``. On a hand-over its delivery writes the note and opens the
conversation. A webhook that fails makes Chatwoot open the conversation by itself: people have it then.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from relief.contracts.decision import TurnResponse
from relief.contracts.foreign import ChatwootMessage
from relief.contracts.vocabulary import Action, Channel
from relief.integrations.adapters.answer import words_of
from relief.integrations.adapters.incoming import Incoming, as_text, without_blanks
from relief.integrations.calls import HttpCall
from relief.integrations.targets.chatwoot import conversation_path, session_of

_CHANNELS: Final = {
    "Channel::Email": Channel.email,
    "Channel::Sms": Channel.sms,
    "Channel::TwilioSms": Channel.sms,
    "Channel::FacebookPage": Channel.social,
    "Channel::TwitterProfile": Channel.social,
    "Channel::Instagram": Channel.social,
}


def read_message(event: Mapping[str, Any]) -> Incoming | None:
    """Return the turn of a webhook; ``None`` for everything that is not the bot's to answer."""
    try:
        message = ChatwootMessage.model_validate(event)
    except ValidationError:
        return None
    asked = message.event == "message_created" and message.kind == "incoming" and not message.private
    if not asked or message.conversation.status != "pending" or not message.id:
        return None
    if message.account.id <= 0 or message.conversation.id <= 0:
        return None
    document = {
        "turn_id": f"message-{message.id}"[:64],
        "channel": _CHANNELS.get(message.conversation.channel, Channel.web_chat).value,
        "text": as_text(message.content),
        "customer": without_blanks({"ref": f"chatwoot:{message.sender.id}" if message.sender.id else ""}),
    }
    session = session_of(message.account.id, message.conversation.id)
    return Incoming(session, {**without_blanks(document), "bot": {}})


def reply(response: TurnResponse | None, session_id: str) -> HttpCall | None:
    """Return the call that says what is to be said; ``None`` when the bot holds its tongue.

    Without a decision the conversation is opened: people take over.
    """
    path = conversation_path(session_id)
    if path is None:
        return None
    if response is None:
        return HttpCall("POST", f"{path}/toggle_status", {"status": "open"})
    words = words_of(response, "en-US")
    if response.action is Action.hold or not words:
        return None
    return HttpCall("POST", f"{path}/messages", {"content": words, "message_type": "outgoing", "private": False})
