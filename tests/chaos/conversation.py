"""One conversation under faults: a customer and a bot that do anything, rivals, a desk, and what all of them were told."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from relief.contracts.decision import TurnResponse
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import (
    HandoffEventKind,
    HandoffState,
    Owner,
    Part,
    ReasonCode,
    StepOutcome,
    TelemetryKind,
)
from relief.decide.journeys import load_journeys
from relief.errors import Unavailable
from relief.store.keys import session_partition
from tests.chaos.troubles import Kind, Troubles, draw_troubles
from tests.chaos.world import World

TEXTS: Final = (
    "Hi, I was charged twice for my order",
    "that did not work either",
    "I already told you that",
    "this is ridiculous, third time I write!!",
    "ok",
    "thanks, that helped",
    "what do you mean?",
    "it still shows the same",
    "cancel my contract",
    "wo ist meine Bestellung",
    "no funciona nada",
    "somebody used my card without my permission",
)
REQUESTS: Final = (
    "I want to talk to a human",
    "can I speak to a real person please",
    "Ich möchte mit einem Menschen sprechen",
    "quiero hablar con una persona",
)
UNRECORDED: Final = frozenset({Part.context, Part.remember, Part.workflow, Part.route})
"""Parts without which a turn is answered but not remembered as decided."""

FEWEST_STEPS, MOST_STEPS = 3, 5
_ENDS: Final = frozenset({HandoffEventKind.resolved, HandoffEventKind.returned, HandoffEventKind.abandoned})
_OPEN: Final = frozenset({HandoffState.queued, HandoffState.offered, HandoffState.accepted})
_TRIES: Final = 3
_MINUTES: Final = 5
"""How long the minute's tick is waited for at the end."""


@dataclass
class Exchange:
    """A turn and what came of it."""

    request: TurnRequest
    answer: TurnResponse
    seconds: float
    awaited: frozenset[str]
    """Hand-overs that had been promised before the turn began and had not ended when it was answered."""
    asks_for_a_person: bool
    segment: int
    """How many hand-overs had ended when it was answered."""

    @property
    def recorded(self) -> bool:
        """Tell whether the decision was remembered, as far as the answer says.

        Where the workflow's answer was lost, a reason of its own shows that the decision was found in the table.
        """
        down = UNRECORDED & set(self.answer.degraded)
        found = self.answer.reasons[0].code is not ReasonCode.AUTOMATION_UNAVAILABLE
        return not down or (down == {Part.workflow} and found)


@dataclass
class Story:
    """What happened in a conversation, for whoever checks the promises."""

    name: str
    session_id: str
    canaries: list[str] = field(default_factory=list)
    """Words of which nothing may be stored or sent."""
    exchanges: list[Exchange] = field(default_factory=list)
    repeats: list[tuple[Exchange, TurnResponse]] = field(default_factory=list)
    """Turns that were posted again, and the second answer."""
    promised: dict[str, int] = field(default_factory=dict)
    """Hand-overs that the customer was told of, with the step."""
    ended: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    """Hand-overs whose end was reported without an answer so far."""
    crashes: list[str] = field(default_factory=list)
    events: int = 0
    erased: bool = False


class Conversation:
    """Plays one conversation in a world."""

    def __init__(self, world: World, seed: int, number: int) -> None:
        """Draw everything that chance decides from seed and number."""
        self.world = world
        self.chance = random.Random(f"{seed}/{number}")
        self.steps = self.chance.randint(FEWEST_STEPS, MOST_STEPS)
        self.troubles: Troubles = draw_troubles(random.Random(f"troubles {seed}/{number}"), self.steps)
        self.story = Story(f"{seed}/{number}", f"chaos-{seed}-{number}")
        self.journey = self.chance.choice([None, *load_journeys()])
        self._consents = self.chance.random() > 0.05
        self._customer = f"customer-{seed}-{number}" if self.chance.random() < 0.3 else None
        self._turns = 0
        self._events = 0
        self._late: list[Callable[[], None]] = []

    def play(self) -> Story:
        """Play it from the first turn to the moment when all is well again and everything has arrived."""
        self.world.begin(self.troubles)
        for step in range(self.steps):
            self.troubles.step = step
            for act in self._acts():
                act()
                self.world.clock.sleep(self.chance.uniform(1, 40))
            if self.chance.random() < 0.5:
                self.world.mail.pump()
        self._settle()
        return self.story

    def _acts(self) -> Iterator[Callable[[], None]]:
        """Yield what happens in a step: a turn, or two that overtake each other, and now and then the desk."""
        if self.chance.random() < 0.3:
            yield self._report
        turns = [self._next_turn()]
        if self.troubles.happens(Kind.reordering):
            turns.insert(0, self._next_turn())
        for turn, asks in turns:
            yield lambda turn=turn, asks=asks: self._post_and_repeat(turn, asks=asks)  # type: ignore[misc]

    def _is_unheard(self) -> bool:
        """Tell whether a hand-over is recorded that no desk has heard of; else the tick would find nothing to do."""
        items = self.world.items(session_partition(self.story.session_id)).values()
        return any(item.get("state", {}).get("S") == HandoffState.requested.value for item in items)

    def _next_turn(self) -> tuple[TurnRequest, bool]:
        self._turns += 1
        known = load_journeys()[self.journey or "default"]
        body: dict[str, Any] = {"turn_id": f"t{self._turns}", "channel": "web_chat"}
        if self.journey:
            body["journey"] = self.journey
        if not self._consents:
            body["consent"] = {"store_context": False}
        if self._customer:
            body["customer"] = {"ref": self._customer}
        asks = self.chance.random() < 0.15
        if self.chance.random() < 0.5:
            step = self.chance.choice([*(one.name for one in known.steps), "step_of_the_bot"])
            body["bot"] = {"step": step, "said": f"One moment please. {self._canary()}"}
            outcome = self.chance.choice([None, *StepOutcome])
            body["bot"] |= {"outcome": outcome.value} if outcome else {}
        if asks:
            body["text"] = self.chance.choice(REQUESTS)
        elif self.chance.random() < 0.8 or "bot" not in body:
            body["text"] = self.chance.choice(TEXTS)
            if self.chance.random() < 0.2:
                body["text"] += f" write to {self._canary()}@example.com"
        if self.chance.random() < 0.2:
            kinds = self.chance.choices(list(TelemetryKind), k=self.chance.randint(1, 4))
            body["telemetry"] = [{"kind": kind.value, "target": "form", "seconds": 30} for kind in kinds]
        if self.chance.random() < 0.25 and known.slots:
            body["facts"] = {self.chance.choice(list(known.slots)): "A-20391"}
        return TurnRequest.model_validate(body), asks

    def _canary(self) -> str:
        word = "".join(self.chance.choices("bcdfghjkmnpqrstvwxz", k=12))
        self.story.canaries.append(word)
        return word

    def _post_and_repeat(self, turn: TurnRequest, *, asks: bool) -> None:
        self.world.rival = self._rival
        first = self._post(turn, asks=asks)
        self.world.rival = None
        if self.troubles.happens(Kind.duplicate):
            again = self._post(turn, asks=asks)
            if first is not None and again is not None:
                self.story.repeats.append((first, again.answer))

    def _post(self, turn: TurnRequest, *, asks: bool) -> Exchange | None:
        """Post a turn as a caller does, and note what it was told."""
        story, clock = self.story, self.world.clock
        # A promise that the table could not take is kept by whoever receives it: until then nothing knows of it.
        known = set(self.on_worklist()) | {
            one.answer.handoff.handoff_id for one in story.exchanges if one.recorded and one.answer.handoff
        }
        awaited = set(story.promised) & known - story.ended - story.unsure
        began, clock.skew = clock.elapsed, self.troubles.draw_skew()
        body = turn.model_dump_json(exclude_none=True, exclude_defaults=True).encode()
        try:
            answer = self.world.services.turns.accept(story.session_id, body, clock.now())
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller has got no answer
            story.crashes.append(f"{turn.turn_id}: {type(error).__name__}: {error}")
            return None
        finally:
            clock.skew = 0.0
        awaited -= story.ended | story.unsure
        exchange = Exchange(turn, answer, clock.elapsed - began, frozenset(awaited), asks, len(story.ended))
        story.exchanges.append(exchange)
        if answer.handoff is not None and answer.owner is not Owner.bot:
            story.promised.setdefault(answer.handoff.handoff_id, self.troubles.step)
        return exchange

    def _rival(self) -> None:
        """Be faster than somebody else: another turn, or the desk."""
        if self.chance.random() < 0.5:
            turn, asks = self._next_turn()
            self._post(turn, asks=asks)
        else:
            self._report()

    def on_worklist(self) -> dict[str, HandoffState]:
        """Return the hand-overs of the session that a person can see, with their states."""
        items = self.world.items(session_partition(self.story.session_id))
        states = {key: HandoffState(item["state"]["S"]) for key, item in items.items() if key.startswith("HANDOFF#")}
        session = session_partition(self.story.session_id).removeprefix("SESSION#")
        return {
            f"hnd_{session}_{key.removeprefix('HANDOFF#')}": state for key, state in states.items() if state in _OPEN
        }

    def _report(self) -> None:
        """Let the desk report something of a hand-over that is on its list."""
        listed = sorted(self.on_worklist())
        if not listed:
            return
        self._events += 1
        handoff_id = self.chance.choice(listed)
        kind = self.chance.choice(list(HandoffEventKind))
        slot = '"slot": "order_number", ' if kind is HandoffEventKind.asked else ""
        note = f"Looked at it. {self._canary()}@example.com" if self.chance.random() < 0.3 else "Looked at it."
        body = f'{{"event_id": "e{self._events}", "kind": "{kind.value}", {slot}"note": "{note}"}}'.encode()
        self._try_event(handoff_id, kind, body, _TRIES)

    def _try_event(self, handoff_id: str, kind: HandoffEventKind, body: bytes, tries: int) -> None:
        """Send an event until it is taken; one that stays without an answer is sent again when all is well."""
        self.story.events += 1
        for _ in range(tries):
            self.world.clock.skew = self.troubles.draw_skew()
            try:
                answer = self.world.services.handoffs.take_event(handoff_id, body, self.world.clock.now())
            except Unavailable:
                if kind in _ENDS:
                    self.story.unsure.add(handoff_id)
                continue
            except Exception as error:  # noqa: BLE001 - as above
                self.story.crashes.append(f"{kind} of {handoff_id}: {type(error).__name__}: {error}")
                return
            finally:
                self.world.clock.skew = 0.0
            if answer.state.value in {"resolved", "returned", "abandoned"}:
                self.story.ended.add(handoff_id)
            self.story.unsure.discard(handoff_id)
            return
        self._late.append(lambda: self._try_event(handoff_id, kind, body, _TRIES))

    def _settle(self) -> None:
        """Let everything get well, arrive and be repeated; then see that the customer can go on and reach a person."""
        self.troubles.healed = True
        self.world.clock.sleep(300)
        for late in self._late:
            late()
        self._wait_for_the_clock()
        recorded = [one for one in self.story.exchanges if one.recorded]
        if recorded:
            first = self.chance.choice(recorded)
            again = self._post(first.request, asks=first.asks_for_a_person)
            if again is not None:
                self.story.exchanges.remove(again)
                self.story.repeats.append((first, again.answer))
        self._post(TurnRequest(turn_id="last", channel="web_chat", text="hello, are you there?"), asks=False)
        self._post(TurnRequest(turn_id="person", channel="web_chat", text=REQUESTS[0]), asks=True)
        self._wait_for_the_clock()

    def _wait_for_the_clock(self) -> None:
        """Let what is under way arrive, and the minute's tick announce what nobody has heard of."""
        self.world.mail.settle()
        for _ in range(_MINUTES):
            if not self._is_unheard():
                return
            self.world.clock.sleep(60)
            self.world.unheard.announce(self.world.clock.now())
            self.world.mail.settle()
