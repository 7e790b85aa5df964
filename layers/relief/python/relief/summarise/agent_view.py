"""The agent's view: what a colleague needs to go on without asking again."""

from relief.contracts.context import SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.signals import Intent
from relief.contracts.summary import SummaryAccount, SummaryIdentity
from relief.contracts.views import AgentView, AskedSlot
from relief.decide.journeys import choose_journey
from relief.decide.next_move import list_do_not_repeat
from relief.remember.ledger import list_do_not_ask
from relief.store.items import open_handoff
from relief.summarise.compose import describe_emotion
from relief.summarise.goal import word_goal
from relief.summarise.progress import list_open_slots, list_tried
from relief.summarise.words import words_for, words_in


def view_as_agent(context: SessionContext, handoff: Handoff | None, language: str = "") -> AgentView:
    """Return the agent's view; ``handoff`` is the stored hand-over, whose state is newer than the context's."""
    words = words_in(language or context.locale)
    journey = choose_journey(context.journey, context.goal)
    scores = context.last_signals
    return AgentView(
        session_id=context.session_id,
        turn=context.turn,
        owner=context.owner,
        channel=context.channel,
        locale=context.locale,
        journey=context.journey,
        goal=word_goal(context, Intent(name=context.goal, confidence=0.0), journey, words)[0],
        intent=context.goal,
        emotion=describe_emotion(scores.get("frustration", 0.0), context, words),
        urgency=words_for(words.urgency, scores.get("urgency", 0.0)),
        identity=SummaryIdentity(customer=context.customer.ref, authenticated=context.customer.authenticated),
        account=SummaryAccount.model_validate(context.customer.model_dump()),
        tried=list_tried(context),
        facts=context.facts,
        preferences=context.preferences,
        evidence=context.evidence,
        asked=[
            AskedSlot(slot=name, asked=slot.asked, asked_by=slot.asked_by, answered=slot.answered)
            for name, slot in context.slots.items()
        ],
        open_questions=list_open_slots(journey, context),
        do_not_ask=list_do_not_ask(context),
        do_not_repeat=list_do_not_repeat(context),
        handoff=open_handoff(handoff) if handoff else context.handoff,
        summary=handoff.summary if handoff else None,
        colleague=context.colleague,
        updated_at=context.updated_at,
        kept_until=context.expires_at,
    )
