"""Webhooks: other systems' events over HTTP, let in by their signature instead of a token."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from aws_lambda_powertools.event_handler import Response

from relief.api.catalogue import WebhookAnswer
from relief.api.requests import parse_json
from relief.api.routes.exchange import Exchange, answer
from relief.api.routes.resolver import make_resolver
from relief.api.services import load_services
from relief.api.turns import TurnService
from relief.contracts.targets import TargetConfig, TargetKind
from relief.errors import DeliveryDelayed, DeliveryRefused, Unavailable
from relief.integrations.adapters.chatwoot import read_message, reply
from relief.integrations.adapters.generic import read_signed_turn
from relief.integrations.adapters.incoming import Incoming, decide_in_time
from relief.integrations.calls import HttpCall
from relief.integrations.credentials import Credentials
from relief.integrations.http_client import HttpClient
from relief.integrations.registry import TARGETS, load_targets
from relief.integrations.signature import verify
from relief.observability import logger
from relief.settings import Settings, load_settings
from relief.store.ownership import OwnershipTable
from relief.store.writes import put_reply

CHATWOOT_SECONDS: Final = 3.5
"""For the decision; Chatwoot waits five, and the words have to be posted within them."""

_MAX_EVENT_BYTES: Final = 256 * 1024
"""A vendor's event tells much that is not read."""

_CHATWOOT: Final = "chatwoot"
_TURNS: Final = "turns"

exchange = Exchange()


class Webhooks(NamedTuple):
    """What the routes call."""

    settings: Settings
    turns: TurnService
    keys: Credentials
    desks: Credentials
    chatwoot: TargetConfig | None
    notes: OwnershipTable


@lru_cache(maxsize=1)
def load_webhooks() -> Webhooks:
    """Make what the routes call from the environment."""
    settings = load_settings()
    targets = load_targets(settings.targets)
    return Webhooks(
        settings,
        load_services().turns,
        Credentials(settings.webhook_secret_id),
        Credentials(settings.target_secret_id),
        next((one for one in targets if one.kind is TargetKind.chatwoot), None),
        OwnershipTable(settings),
    )


@exchange.router.post("/v1/webhooks/turns")
def take_signed_turn() -> Response[str]:
    """Take one customer turn from a system that signs, and answer with one decision."""
    webhooks = load_webhooks()
    _verify(webhooks, _TURNS, "x-relief")
    incoming = read_signed_turn(parse_json(exchange.body))
    body = json.dumps(incoming.document).encode()
    return answer(webhooks.turns.accept(incoming.session_id, body, datetime.now(UTC)))


@exchange.router.post("/v1/webhooks/chatwoot")
def take_chatwoot_message() -> Response[str]:
    """Take a message that an agent bot was given, and say in the conversation what is to be said."""
    webhooks = load_webhooks()
    _verify(webhooks, _CHATWOOT, "x-chatwoot")
    incoming = read_message(parse_json(exchange.body, _MAX_EVENT_BYTES))
    if incoming is None:
        return answer(WebhookAnswer(taken=False))
    now = datetime.now(UTC)
    response = decide_in_time(webhooks.turns, incoming, now, CHATWOOT_SECONDS)
    call = reply(response, incoming.session_id)
    if call is not None and _is_first(webhooks, incoming, now):
        _say(webhooks, call, incoming)
    return answer(WebhookAnswer(taken=True, action=response.action if response else None))


def _verify(webhooks: Webhooks, name: str, prefix: str) -> None:
    """Check the signature; the first thing that happens, before anything is read of the body.

    Raises:
        SignatureInvalid: it is missing, old or wrong.
        Unavailable: the keys cannot be read.
    """
    headers = {name.lower(): value for name, value in exchange.event.headers.items()}
    keys = webhooks.keys.of(name).keys
    verify(keys, headers, exchange.body, datetime.now(UTC).timestamp(), prefix)


def _is_first(webhooks: Webhooks, incoming: Incoming, now: datetime) -> bool:
    """Tell whether nobody has said this yet: a webhook that comes twice is answered once."""
    note = put_reply(incoming.session_id, str(incoming.document["turn_id"]), now, webhooks.settings)
    return webhooks.notes.commit([note])


def _say(webhooks: Webhooks, call: HttpCall, incoming: Incoming) -> None:
    """Post words into the conversation.

    Raises:
        Unavailable: they could not be posted; Chatwoot opens the conversation for people then.
    """
    config = webhooks.chatwoot
    if config is None:
        message = "There is no target of the kind chatwoot to post the answer to."
        raise Unavailable(message)
    client = HttpClient(config, webhooks.settings.target_seconds)
    once = f"{incoming.session_id}:{incoming.document['turn_id']}"
    try:
        client.call(call, webhooks.desks.of(config.name), TARGETS[config.kind].AUTHORIZATION, once)
    except (DeliveryDelayed, DeliveryRefused) as error:
        logger.error("an answer could not be posted", target=config.name, reason=error.detail)
        message = "The answer could not be posted."
        raise Unavailable(message) from error


app = make_resolver(exchange.router)
"""Made last, when every route is declared."""
