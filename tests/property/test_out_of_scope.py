"""Nobody notices an incident that is not theirs: whole conversations are the same with it, byte for byte."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from relief.contracts.incident import Incident
from relief.detect.intents import known_intents
from relief.measure.gold import GoldConversation, load_conversations
from tests.pipeline import START, Session

GOLD: Final = list(load_conversations(Path(__file__).resolve().parents[1] / "gold"))[::4]
"""Of every kind some."""


def incident(name: str, hours: float = 72, **scope: Any) -> Incident:
    """Return a critical incident, which would win every tie."""
    fields = {"incident_id": name, "severity": "critical", "scope": scope, "messages": {"en": "We know of a problem."}}
    ends = START + timedelta(hours=hours)
    return Incident.model_validate({**fields, "declared_at": START - timedelta(hours=1), "expires_at": ends})


def converse(conversation: GoldConversation, *incidents: Incident) -> Session:
    """Run a conversation while these incidents are active."""
    session = Session(conversation.session_id)
    session.incidents = list(incidents)
    written = []
    for turn in conversation.turns:
        session.take(turn)
        written.append(session.final.model_dump_json())
    session.final = session.final.model_copy(update={"writes": json.dumps(written)})
    return session


def marks(session: Session, name: str) -> set[str]:
    """Return what the turns of a conversation were about: what an incident's scope is matched with."""
    found = set()
    for final in json.loads(session.final.writes):
        for write in json.loads(json.loads(final)["writes"]):
            item = write.get("Put", {}).get("Item", {})
            if item.get("pk", {}).get("S", "").startswith("TURNS#"):
                found.add(json.loads(item["doc"]["S"])[name])
    return found


@pytest.mark.parametrize("conversation", GOLD, ids=lambda one: one.session_id)
def test_a_conversation_out_of_scope_is_the_same_byte_for_byte(conversation: GoldConversation) -> None:
    """Given incidents of other intents, journeys and so on, and one that is over, then all is as without them.

    That is every answer, and everything that is written.
    """
    without = converse(conversation)
    intents = marks(without, "intent")
    channels = {turn.channel.value for turn in conversation.turns}
    others = [
        incident("intents", intents=sorted(set(known_intents()) - intents)),
        incident("journeys", journeys=sorted({"order_change", "billing_dispute"} - marks(without, "journey"))),
        incident("products", products=["nobody-has-it"]),
        incident("regions", regions=["nowhere"], intents=sorted(intents)),
        incident("channels", channels=sorted({"social", "in_app"} - channels)),
        incident("over", hours=-0.5),
    ]
    narrowing = [one for one in others if not one.scope.is_everything or one.incident_id == "over"]
    during = converse(conversation, *narrowing)
    assert [one.model_dump_json() for one in during.answers] == [one.model_dump_json() for one in without.answers]
    assert during.final.model_dump_json() == without.final.model_dump_json()


def test_the_same_conversations_notice_one_that_is_theirs() -> None:
    """Given an incident that touches everybody, then most of these conversations are told of it."""
    told = [any(one.incident for one in converse(each, incident("all")).answers) for each in GOLD]
    assert sum(told) > len(told) / 2
