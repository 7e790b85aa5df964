"""The promises of the README, checked on a conversation that went through faults and on what was left of it."""

import json
from collections.abc import Iterator
from typing import Any, Final

from relief.contracts.vocabulary import Action, ControlOption, HandoffState, Owner, Part
from relief.measure.trial.promises import Breach, Promise, find_breaches
from relief.remember.ownership import OWNERS
from relief.store.keys import session_partition
from tests.chaos.conversation import Conversation, Exchange, Story

MOST_SECONDS: Final = 9.0
"""After so long a caller takes Relief itself for down (README)."""

_ALONE: Final = frozenset({Promise.no_loops, Promise.explained})
"""Promises that each stretch of a conversation between hand-overs can be judged on by itself."""

_OPEN: Final = frozenset({HandoffState.requested, HandoffState.queued, HandoffState.offered, HandoffState.accepted})


def find_broken(conversation: Conversation) -> list[Breach]:
    """Return every promise that was broken."""
    story = conversation.story
    items = conversation.world.items(session_partition(story.session_id))
    handoffs = _handoffs(story, items)
    return [
        *_person_reachable(story),
        *_delivered(story, handoffs),
        *_stretches(story),
        *_nothing_asked_twice(story),
        *_fails_open(story),
        *_one_owner(story, items, handoffs),
        *_minimal_memory(conversation),
        *_repeatable(story),
    ]


def _handoffs(story: Story, items: dict[str, Any]) -> dict[str, HandoffState]:
    session = session_partition(story.session_id).removeprefix("SESSION#")
    return {
        f"hnd_{session}_{key.removeprefix('HANDOFF#')}": HandoffState(item["state"]["S"])
        for key, item in items.items()
        if key.startswith("HANDOFF#")
    }


def _admits(one: Exchange) -> bool:
    """Tell whether the answer says that nobody could be reached."""
    answer = one.answer
    return answer.action is Action.escalate and answer.handoff is None and Part.announce in answer.degraded


def _person_reachable(story: Story) -> Iterator[Breach]:
    for one in story.exchanges:
        answer, name = one.answer, one.request.turn_id
        if ControlOption.talk_to_a_person not in answer.next.options:
            yield Breach(Promise.person_reachable, f"{name}: a person is not offered")
        if not one.asks_for_a_person:
            continue
        honoured = answer.action in {Action.escalate, Action.hold} and answer.owner not in {Owner.bot, Owner.returned}
        if not honoured and not _admits(one):
            yield Breach(Promise.person_reachable, f"{name}: a request was met by {answer.action} of {answer.owner}")
        if answer.next.ask is not None:
            yield Breach(Promise.person_reachable, f"{name}: a request was met by a question")
    last = story.exchanges[-1] if story.exchanges else None
    if last is None or last.answer.degraded:
        yield Breach(Promise.person_reachable, "after everything got well, an answer is still degraded, or none")


def _delivered(story: Story, handoffs: dict[str, HandoffState]) -> Iterator[Breach]:
    """Look for every hand-over that was promised.

    One that could not be recorded, of a customer who was in line already, is taken for the one that is.
    """
    recorded = {one.answer.handoff.handoff_id for one in story.exchanges if one.recorded and one.answer.handoff}
    for handoff_id in story.promised:
        state = handoffs.get(handoff_id)
        if state is None and handoff_id not in recorded and handoffs:
            continue
        if state is None or state is HandoffState.requested:
            yield Breach(Promise.one_owner, f"{handoff_id} was promised, and nobody can see it: {state}")


def _stretches(story: Story) -> Iterator[Breach]:
    """Judge each stretch that was remembered from its beginning to its end, in the order of the turns."""
    stretches: dict[tuple[int, int], list[Exchange]] = {}
    gaps = 0
    for one in sorted(story.exchanges, key=lambda one: one.answer.turn):
        if not one.recorded:
            gaps += 1
            continue
        stretches.setdefault((one.segment, gaps), []).append(one)
    for stretch in stretches.values():
        once = list({one.request.turn_id: one for one in stretch}.values())
        found = find_breaches([one.request for one in once], [one.answer for one in once], None)
        yield from (breach for breach in found if breach.promise in _ALONE)


def _nothing_asked_twice(story: Story) -> Iterator[Breach]:
    known: set[str] = set()
    for one in sorted((one for one in story.exchanges if one.recorded), key=lambda one: one.answer.turn):
        answer, name = one.answer, one.request.turn_id
        known |= set(one.request.facts)
        for slot in sorted(known - set(answer.next.do_not_ask)):
            yield Breach(Promise.nothing_asked_twice, f"{name}: {slot} is known but may be asked for")
        if answer.next.ask is not None and answer.next.ask.slot in known:
            yield Breach(Promise.nothing_asked_twice, f"{name}: {answer.next.ask.slot} is known but asked for")


def _fails_open(story: Story) -> Iterator[Breach]:
    for crash in story.crashes:
        yield Breach(Promise.fails_open, crash)
    for one in story.exchanges:
        name, answer = one.request.turn_id, one.answer
        if one.seconds > MOST_SECONDS:
            yield Breach(Promise.fails_open, f"{name}: answered after {one.seconds:.1f} s")
        if not one.recorded and answer.action not in {Action.escalate, Action.hold}:
            yield Breach(Promise.fails_open, f"{name}: {answer.action} though {answer.degraded} is down")
        if answer.action is not Action.hold and not answer.next.say:
            yield Breach(Promise.fails_open, f"{name}: {answer.action} without a word")


def _one_owner(story: Story, items: dict[str, Any], handoffs: dict[str, HandoffState]) -> Iterator[Breach]:
    for one in story.exchanges:
        name, answer = one.request.turn_id, one.answer
        if one.awaited and answer.action not in {Action.hold, Action.escalate}:
            yield Breach(Promise.one_owner, f"{name}: {answer.action} though a person was promised")
        if one.recorded and one.awaited and answer.handoff is not None and answer.handoff.handoff_id not in one.awaited:
            yield Breach(Promise.one_owner, f"{name}: a second hand-over beside the first")
    still = {handoff_id: state for handoff_id, state in handoffs.items() if state in _OPEN}
    if len(still) > 1:
        yield Breach(Promise.one_owner, f"{len(still)} hand-overs are open at once: {still}")
    context = items.get("CONTEXT", {})
    owner = Owner(context["owner"]["S"]) if "owner" in context else Owner.bot
    held = json.loads(context["handoff"]["S"])["handoff_id"] if "handoff" in context else None
    if held is not None and held not in still:
        yield Breach(Promise.one_owner, f"the conversation waits for {held}, which is {handoffs.get(held)}")
    for handoff_id, state in still.items():
        if held != handoff_id or owner is not OWNERS[state]:
            yield Breach(Promise.one_owner, f"{handoff_id} is {state}, but the conversation is {owner}'s ({held})")


def _minimal_memory(conversation: Conversation) -> Iterator[Breach]:
    kept = conversation.world.stored() + "\n".join(conversation.world.mail.bodies)
    for word in conversation.story.canaries:
        if word in kept:
            yield Breach(Promise.minimal_memory, f"{word} was kept")


def _repeatable(story: Story) -> Iterator[Breach]:
    for first, again in story.repeats:
        answer, name = first.answer, first.request.turn_id
        if not first.recorded:
            continue
        if (answer.action, answer.reasons, answer.next.say) != (again.action, again.reasons, again.next.say):
            yield Breach(Promise.explained, f"{name}: posted again it was {again.action}, before {answer.action}")
