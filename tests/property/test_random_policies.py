"""The promises hold for any policy that passes the check, whatever customers and bots do.

Policies and journeys are made by number (``tests.random_policies``), turns by Hypothesis. 500 conversations here;
``make test-nightly`` runs 10,000 with many more policies, and tells how far it is.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from relief.contracts.context import DetectedTurn, Observation, OpenHandoff, SessionContext
from relief.contracts.signals import Evidence, Intent, Signals
from relief.contracts.states import Decided
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import (
    AccountValue,
    Action,
    Authentication,
    Channel,
    ControlOption,
    EvidenceCode,
    HandoffState,
    Owner,
    Part,
    ReasonCode,
    Source,
    StepOutcome,
    TelemetryKind,
    Tier,
)
from relief.decide.turn import decide_turn
from relief.remember.absorb import absorb_turn, undetected
from relief.remember.record import record_decision
from relief.settings import Settings
from tests.random_policies import Candidate, sound

_NIGHTLY: Final = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
_QUICKLY_CHECKED: Final = (0, 1, 2, 3, 5, 6, 7, 8, 10, 13, 14, 15, 16, 18, 19)
"""Of the first twenty those whose check takes no more than about a second."""
_NUMBERS: Final = range(int(os.environ.get("POLICIES", "240"))) if _NIGHTLY else _QUICKLY_CHECKED
_EXAMPLES: Final = 10_000 if _NIGHTLY else 500
_FEWEST_SOUND: Final = 0.3
_MOST_SOUND: Final = 0.9
_SETTINGS: Final = Settings()
_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
_STUCK: Final = frozenset({StepOutcome.failed, StepOutcome.refused})
_TOPICS: Final = ("order_change", "billing", "information", "out_of_scope", "password_reset")


class _Progress:
    """Tells in a nightly run how far it is; silent otherwise. ``make test-nightly`` lets what is printed through."""

    def __init__(self, what: str, total: int, every: int) -> None:
        self._what = what
        self._total = total
        self._every = every
        self._done = 0
        self._started = time.monotonic()

    def advance(self) -> None:
        self._done += 1
        if _NIGHTLY and (self._done % self._every == 0 or self._done == self._total):
            seconds = time.monotonic() - self._started
            print(f"\n{self._done:,} of {self._total:,} {self._what} after {seconds:,.0f} s", flush=True)


@pytest.fixture(scope="session")
def candidates() -> list[Candidate]:
    progress = _Progress("policies checked", len(_NUMBERS), every=10)
    found: list[Candidate] = []
    for number in _NUMBERS:
        candidate = sound(number)
        if candidate is not None:
            found.append(candidate)
        progress.advance()
    return found


@pytest.fixture(scope="session")
def progress() -> _Progress:
    return _Progress("conversations held", _EXAMPLES, every=500)


class Said(NamedTuple):
    """One turn: what is posted, and what detection finds in it; ``None`` when detection is down."""

    request: TurnRequest
    detected: DetectedTurn | None


class Taken(NamedTuple):
    """One turn with its decision. ``known`` is the session with the turn absorbed."""

    said: Said
    known: SessionContext
    decided: Decided


@st.composite
def turns(draw: st.DrawFn) -> Said:
    """Return any turn: scores, codes, steps and facts in any mix, not only those that the check walks with."""
    step = draw(st.sampled_from(["step_0", "step_1", "step_2", "step_of_the_bot", None]))
    silent = step is not None and draw(st.booleans())
    outcome = draw(st.sampled_from([None, *StepOutcome])) if step else None
    bot: dict[str, Any] = {"step": step, "outcome": outcome} if step else {}
    if draw(st.integers(0, 3)) == 0:
        bot["intent"] = {"name": "billing", "confidence": draw(st.floats(0, 1))}
    if draw(st.integers(0, 4)) == 0:
        bot["asked"] = draw(st.lists(st.sampled_from(["slot_0", "slot_1", "topic"]), max_size=2, unique=True))
    facts = draw(st.lists(st.sampled_from(["slot_0", "slot_1", "plan"]), max_size=2, unique=True))
    customer = {
        "tier": draw(st.sampled_from(list(Tier))),
        "value": draw(st.sampled_from(list(AccountValue))),
        "tenure_months": draw(st.integers(0, 120)),
        "authenticated": draw(st.sampled_from(list(Authentication))),
    }
    quiet = draw(st.booleans()) and not silent
    request = TurnRequest.model_validate(
        {
            "turn_id": "t",
            "channel": draw(st.sampled_from(list(Channel))),
            "text": None if silent or quiet else "words",
            "telemetry": [{"kind": draw(st.sampled_from(list(TelemetryKind)))}] if quiet else [],
            "bot": bot or None,
            "facts": dict.fromkeys(facts, "known"),
            "customer": customer if draw(st.booleans()) else None,
        }
    )
    if draw(st.integers(0, 9)) == 0:
        return Said(request, None)
    return Said(request, _detect(draw, request))


def _detect(draw: st.DrawFn, request: TurnRequest) -> DetectedTurn:
    codes = list(EvidenceCode)
    first_of_behaviour = codes.index(EvidenceCode.SAME_STEP_AGAIN)
    words = codes[: codes.index(EvidenceCode.REPEATED_MESSAGE)]
    held = words if request.text else codes[first_of_behaviour : codes.index(EvidenceCode.CLASSIFIER_SCORE)]
    found = draw(st.lists(st.sampled_from(held), max_size=2, unique=True))
    if request.text and draw(st.integers(0, 7)) == 0:
        found = [*found, EvidenceCode.HUMAN_REQUEST]
    if request.text and draw(st.integers(0, 3)) == 0:
        found = [*found, EvidenceCode.REPEATED_MESSAGE]
    source = Source.lexical if request.text else Source.telemetry
    evidence = [Evidence(source=source, code=code, weight=draw(st.floats(0, 3))) for code in dict.fromkeys(found)]
    scores = {name: draw(st.floats(0, 1)) for name in ("frustration", "urgency", "confusion", "escalation_intent")}
    signals = Signals.model_validate(
        {
            name: {"score": score, "evidence": evidence if name == "frustration" else []}
            for name, score in scores.items()
        }
    )
    intent = Intent(name=draw(st.sampled_from(_TOPICS)), confidence=draw(st.floats(0, 1)))
    bot = request.bot
    observation = Observation(
        words=2 if request.text else 0,
        scores=signals.scores(),
        intent=intent.name,
        confidence=intent.confidence,
        codes=sorted(signals.codes()),
        step=bot.step if bot else None,
        outcome=bot.outcome if bot else None,
    )
    contacts = draw(st.integers(0, 4))
    return DetectedTurn(signals=signals, intent=intent, observation=observation, stated_contacts=contacts)


conversations = st.lists(turns(), min_size=1, max_size=9)


def converse(candidate: Candidate, said: list[Said]) -> Iterator[Taken]:
    """Take the turns one after the other, as the workflow does; a hand-over waits in its queue."""
    context: SessionContext | None = None
    for one in said:
        detected = one.detected or undetected(context)
        known = absorb_turn(context, "s", one.request, detected, _NOW, _SETTINGS)
        degraded = [] if one.detected else [Part.detect]
        decided = decide_turn(
            known, context, one.request, detected, [], candidate.policy, degraded, "none", candidate.journeys
        )
        yield Taken(one, known, decided)
        opened = None
        if decided.owner is Owner.queued and known.handoff is None:
            opened = OpenHandoff(
                handoff_id="h",
                queue=decided.queue or "general",
                priority=decided.priority,
                realtime=decided.realtime,
                state=HandoffState.queued,
                reason=decided.reasons[0].code,
                requested_at=_NOW,
            )
        context = record_decision(known, decided, opened)


def take(candidates: list[Candidate], place: int, said: list[Said]) -> list[Taken]:
    """Run a conversation under one of the sound policies, and tell Hypothesis what came of it."""
    taken = list(converse(candidates[place % len(candidates)], said))
    for action in {one.decided.action for one in taken}:
        event(f"decided {action.value}")
    return taken


def by_the_bot(taken: list[Taken]) -> list[Taken]:
    """Return the turns in which the bot had the conversation."""
    return [one for one in taken if one.known.handoff is None]


places = st.integers(0, 10_000)


def assert_a_person_is_reachable(taken: list[Taken]) -> None:
    """A request for a person is honoured at once, and no turn is a dead end."""
    for one in taken:
        assert ControlOption.talk_to_a_person in one.decided.next.options
        asks = EvidenceCode.HUMAN_REQUEST in one.decided.signals.codes() and one.said.detected is not None
        if asks:
            assert one.decided.action is Action.escalate
            assert one.decided.next.ask is None
        elif one.known.handoff is None and one.said.request.text:
            assert one.decided.action is not Action.hold


def assert_there_are_no_loops(taken: list[Taken]) -> None:
    """Nothing is proposed a third time or a second time unchanged, nor a failed step."""
    times: Counter[str] = Counter()
    for one in by_the_bot(taken):
        decided, progress = one.decided, one.known.progress
        for kind, name in (("step", decided.proposed.step), ("slot", decided.proposed.slot)):
            if name is None:
                continue
            assert times[f"{kind}:{name}"] == 0 or decided.action is Action.change_strategy
            times[f"{kind}:{name}"] += 1
            assert times[f"{kind}:{name}"] <= 2
            assert kind == "slot" or name not in decided.next.do_not_repeat
        bot = one.said.request.bot
        failed = bot is not None and bot.outcome in _STUCK
        if failed and progress.turns_without_progress >= 2:
            assert decided.action in {Action.change_strategy, Action.escalate}


def assert_nothing_is_asked_twice(taken: list[Taken]) -> None:
    """What is known is in do_not_ask and never asked, and an issue gets one clarifying question."""
    for one in by_the_bot(taken):
        decided = one.decided
        if decided.action is not Action.escalate:
            assert set(one.known.facts) <= set(decided.next.do_not_ask)
        assert decided.next.ask is None or decided.next.ask.slot not in one.known.facts
        assert decided.action is not Action.clarify or one.known.progress.clarifications == 0


def assert_every_turn_is_well_formed(taken: list[Taken]) -> None:
    """Each turn has its reason and its words, and names detection where that was down."""
    for one in taken:
        decided = one.decided
        assert Decided.model_validate_json(decided.model_dump_json()) == decided
        assert decided.degraded == ([] if one.said.detected else [Part.detect])
        if decided.action not in {Action.hold, Action.escalate}:
            assert decided.next.say
        if one.known.handoff is not None:
            assert decided.action in {Action.hold, Action.escalate}
            assert decided.reasons[0].code in {ReasonCode.HANDOFF_PENDING, ReasonCode.CUSTOMER_REQUEST}


@given(places, conversations)
@settings(max_examples=_EXAMPLES)
def test_a_sound_policy_keeps_every_promise(
    candidates: list[Candidate], progress: _Progress, place: int, said: list[Said]
) -> None:
    """Given any policy that passes the check, when anybody says and does anything, then promises 1 to 4 hold."""
    taken = take(candidates, place, said)
    assert_a_person_is_reachable(taken)
    assert_there_are_no_loops(taken)
    assert_nothing_is_asked_twice(taken)
    assert_every_turn_is_well_formed(taken)
    progress.advance()


def test_the_policies_differ_and_a_decent_share_of_them_is_sound(candidates: list[Candidate]) -> None:
    """Given the numbers, then their policies are all different, many pass the check, and many are refused."""
    assert _FEWEST_SOUND <= len(candidates) / len(_NUMBERS) <= _MOST_SOUND
    assert len({one.policy.judgement for one in candidates}) == len(candidates)
    actions = {rule.action for one in candidates for rule in one.policy.rules}
    assert actions >= {Action.escalate, Action.change_strategy}
    assert len({one.policy.thresholds.model_dump_json() for one in candidates}) > len(candidates) / 2


def test_every_kind_of_decision_occurs(candidates: list[Candidate]) -> None:
    """Given as many random conversations, then all five actions are decided, and rules and ladder both decide."""
    actions: Counter[Action] = Counter()
    deciding: Counter[str] = Counter()

    @given(places, conversations)
    @settings(max_examples=200, database=None, derandomize=True)
    def count(place: int, said: list[Said]) -> None:
        for one in take(candidates, place, said):
            actions[one.decided.action] += 1
            deciding[one.decided.reasons[0].rule.partition("-")[0]] += 1

    count()
    total = actions.total()
    assert {action: actions[action] / total > 0.005 for action in Action} == dict.fromkeys(Action, True), actions
    assert deciding["random"] / total > 0.05
    assert deciding["ladder"] / total > 0.05
    assert deciding["person"] / total > 0.02
