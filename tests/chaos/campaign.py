"""A campaign of conversations, and its report: which faults hit how often, and which promises held."""

import gc
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from relief.measure.trial.promises import Promise
from tests.chaos.conversation import Conversation, Story
from tests.chaos.promises import find_broken
from tests.chaos.troubles import Kind
from tests.chaos.world import World, running_world

_TELL_EVERY: Final = 500
_MOST_TOLD: Final = 40


@dataclass
class Campaign:
    """What came of the conversations."""

    conversations: int = 0
    seeds: set[int] = field(default_factory=set)
    turns: int = 0
    unremembered: int = 0
    events: int = 0
    hand_overs: int = 0
    delivered: int = 0
    redriven: int = 0
    slowest: float = 0.0
    cpu_seconds: float = 0.0
    hits: Counter[Kind] = field(default_factory=Counter)
    troubled: Counter[Kind] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    by_promise: Counter[Promise] = field(default_factory=Counter)
    digest: str = ""

    def add(self, conversation: Conversation, story: Story) -> None:
        """Count a conversation, and check the promises on it."""
        self.conversations += 1
        self.turns += len(story.exchanges)
        self.unremembered += sum(not one.recorded for one in story.exchanges)
        self.events += story.events
        self.hand_overs += len(story.promised)
        self.delivered += conversation.world.mail.delivered
        self.redriven += conversation.world.mail.redriven
        self.slowest = max([self.slowest, *(one.seconds for one in story.exchanges)])
        self.hits.update(conversation.troubles.hits)
        self.troubled.update(set(conversation.troubles.hits))
        self.places.update(conversation.troubles.places)
        answers = "".join(one.answer.model_dump_json() for one in story.exchanges)
        self.digest = sha256((self.digest + answers).encode()).hexdigest()
        for breach in find_broken(conversation):
            self.by_promise[breach.promise] += 1
            self.broken.append(f"{story.name}: {breach.promise}: {breach.what}")

    def report(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "conversations": self.conversations,
            "seeds": len(self.seeds),
            "turns": self.turns,
            "turns_answered_but_not_remembered": self.unremembered,
            "desk_events": self.events,
            "hand_overs_promised": self.hand_overs,
            "messages_delivered": self.delivered,
            "messages_redriven": self.redriven,
            "slowest_answer_virtual_seconds": round(self.slowest, 2),
            "faults": {kind.value: {"conversations": self.troubled[kind], "hits": self.hits[kind]} for kind in Kind},
            "places": dict(sorted(self.places.items())),
            "promises_broken": {promise.value: self.by_promise[promise] for promise in Promise},
            "broken": self.broken[:_MOST_TOLD],
            "cpu_seconds": round(self.cpu_seconds, 1),
            "digest": self.digest,
        }


def run_campaign(
    plan: Sequence[tuple[int, int]],
    say: Callable[[str], None],
    *,
    tell: bool = False,
    minutes: float = math.inf,
) -> Campaign:
    """Run conversations by seed and number; a broken promise is said at once.

    ``tell``: say what happened in each conversation that broke one. After ``minutes`` no further conversation begins.
    """
    campaign = Campaign()
    began, end = time.process_time(), time.monotonic() + 60 * minutes
    with running_world() as world:
        gc.freeze()  # nothing of what was loaded so far goes away
        try:
            for seed, number in plan:
                if time.monotonic() > end:
                    say("the time is up; this is what came of it so far")
                    break
                _run_one(world, campaign, seed, number, say, tell=tell)
                if campaign.conversations % _TELL_EVERY == 0:
                    say(f"{campaign.conversations} conversations, {len(campaign.broken)} broken promises")
        except KeyboardInterrupt:
            say("interrupted; this is what came of it so far")
    campaign.cpu_seconds = time.process_time() - began
    return campaign


def _run_one(
    world: World, campaign: Campaign, seed: int, number: int, say: Callable[[str], None], *, tell: bool
) -> None:
    campaign.seeds.add(seed)
    before = len(campaign.broken)
    conversation = Conversation(world, seed, number)
    campaign.add(conversation, conversation.play())
    broken = campaign.broken[before:]
    if broken:
        say("\n".join(describe(conversation, broken) if tell else broken))


def describe(conversation: Conversation, broken: Sequence[str]) -> list[str]:
    """Return what happened in a conversation, for whoever wants to know why a promise was broken."""
    lines = [*broken, *(f"  {one}" for one in conversation.troubles.planned)]
    lines += [f"  {place}: {count}" for place, count in conversation.troubles.places.items()]
    for one in conversation.story.exchanges:
        answer = one.answer
        handoff = f" {answer.handoff.handoff_id[-6:]} {answer.handoff.state}" if answer.handoff else ""
        lines.append(
            f"  {one.request.turn_id} -> turn {answer.turn} {answer.action} {answer.owner}{handoff} "
            f"{[part.value for part in answer.degraded]} {answer.reasons[0].code} {one.seconds:.2f} s"
            f"{' asks' if one.asks_for_a_person else ''}{' awaited' if one.awaited else ''}"
        )
    return lines
