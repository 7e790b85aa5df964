"""The moves of customers and bots that conversations are walked with: few, but one of each kind that decides."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from relief.contracts.context import DetectedTurn, Observation
from relief.contracts.signals import Evidence, Intent, Signals
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, Dimension, EvidenceCode, Source, StepOutcome, TelemetryKind
from relief.decide.journeys import Journey
from relief.decide.proof.space import Space

_SURE: Final = 0.9
_UNSURE: Final = 0.2
_CALM: Final = 0.05
_FURIOUS: Final = 0.95
_CLEARLY: Final = 1.0  # log-odds of a clear sign
_OTHER_TOPIC: Final = "information"
_ELSEWHERE: Final = "feature_request"
_NOTHING: Final = "out_of_scope"
_UNKNOWN_STEP: Final = "step_of_the_bot"
_TURN: Final = {"turn_id": "walk", "channel": "web_chat"}


class Customer(NamedTuple):
    """What a customer does in a turn, and what detection finds in it."""

    words: str
    frustration: float = _CALM
    confusion: float = 0.0
    intent: str | None = None
    confidence: float = _SURE
    codes: tuple[tuple[EvidenceCode, Source], ...] = ()
    silent: bool = False
    supplies: bool = False
    contacts: int = 0


class Stimulus(NamedTuple):
    """One turn of the walk: the request, what detection finds, and how it is told."""

    turn: TurnRequest
    detected: DetectedTurn
    told: str
    asks_for_a_person: bool = False
    stuck: bool = False
    """Whether it says that nothing has moved: a failed step, or words that repeat earlier ones."""
    has_words: bool = True
    not_understood: bool = False
    """Whether nothing is understood of it: what is left when the classifier is down and no phrase is known."""
    elsewhere: bool = False
    """Whether it starts another issue."""


_CALMLY: Final = Customer("says what they need")
_FURIOUSLY: Final = Customer(
    "is furious", frustration=_FURIOUS, codes=((EvidenceCode.DISSATISFACTION, Source.lexical),)
)
_ASKING: Final = Customer("asks for a person", codes=((EvidenceCode.HUMAN_REQUEST, Source.lexical),))
_REPEATING: Final = Customer(
    "says the same again", frustration=0.3, codes=((EvidenceCode.REPEATED_MESSAGE, Source.history),)
)
_BAFFLING: Final = Customer("says what nothing is understood of", intent=_NOTHING, confidence=0.0)
_QUIET: Final = Customer("looks at the page", silent=True)


def list_stimuli(space: Space, journey: Journey) -> list[Stimulus]:
    """Return every move of the walk through a journey."""
    intent = journey.intents[0] if journey.intents else _OTHER_TOPIC
    make = _Maker(journey, intent)
    moves = [make(customer) for customer in _customers(space)]
    failed, succeeded = StepOutcome.failed, StepOutcome.succeeded
    steps = steps_to_take(journey)
    for step in (*steps, _UNKNOWN_STEP):
        moves += [make(_CALMLY, step, failed), make(_CALMLY, step, None)]
    moves += [make(_CALMLY, step, succeeded) for step in steps]
    first = steps[0]
    moves += [make(_CALMLY, first, StepOutcome.refused), make(_FURIOUSLY, first, failed), make(_QUIET, first, failed)]
    moves += [make(_ASKING, first, failed), make(_ASKING, first, succeeded)]
    return moves


def steps_to_take(journey: Journey) -> list[str]:
    """Return the steps that the bot of the walk takes: of steps that lead on alike, the first.

    Nothing but the way of its alternatives tells one step from another in a decision. Steps that are nobody's
    alternative and have the same ones are alike; so are groups of connected steps of the same shape. A second one would
    only repeat the walk under other names.
    """
    others = {name for step in journey.steps for name in step.alternatives}
    first_of = {(step.name if step.name in others else "", *step.alternatives): step for step in journey.steps[::-1]}
    distinct = [step for step in journey.steps if step in first_of.values()]
    groups: list[list[str]] = []
    for step in distinct:
        linked = [step.name, *step.alternatives]
        touched = [group for group in groups if any(name in group for name in linked)]
        merged = [name for group in touched for name in group]
        groups = [group for group in groups if group not in touched]
        groups.append(list(dict.fromkeys([*merged, *linked])))
    shapes: dict[Hashable, list[str]] = {}
    for group in groups:
        ways = {step.name: step for step in distinct if step.name in group}
        names = list(ways)
        shape = tuple(tuple(names.index(other) for other in ways[name].alternatives) for name in names)
        shapes.setdefault(shape, names)
    taken = {name for names in shapes.values() for name in names}
    return [step.name for step in journey.steps if step.name in taken]


def _customers(space: Space) -> Iterator[Customer]:
    limits = space.policy.thresholds
    yield from (_CALMLY, _FURIOUSLY, _ASKING, _REPEATING, _QUIET, _BAFFLING)
    yield _ASKING._replace(words="asks for a person, furious", frustration=_FURIOUS)
    yield _CALMLY._replace(words="says something unclear", confidence=_UNSURE)
    yield _CALMLY._replace(words="says something unclear, annoyed", confidence=_UNSURE, frustration=0.5)
    yield _FURIOUSLY._replace(words="is annoyed", frustration=limits.change_strategy_at)
    yield _CALMLY._replace(words="does not follow", confusion=_FURIOUS)
    yield _CALMLY._replace(words="says thanks", codes=((EvidenceCode.GRATITUDE, Source.lexical),))
    yield _CALMLY._replace(words="answers what was asked", supplies=True)
    yield _CALMLY._replace(words="turns to something else", intent=_ELSEWHERE)
    stuck = ((EvidenceCode.RAGE_CLICKS, Source.telemetry),)
    yield _QUIET._replace(words="clicks the same control again and again", frustration=0.7, codes=stuck)
    for code in _codes_that_automate(space):
        yield _CALMLY._replace(words=f"says something with {code} in it", codes=((code, Source.lexical),))
    for count in space.marks("progress.stated_contacts")[:1]:
        yield _CALMLY._replace(words=f"says that this is contact number {count:g}", contacts=int(count))


def _codes_that_automate(space: Space) -> Iterator[EvidenceCode]:
    """Yield the codes on which a rule goes on automating. None is remembered, so one that escalates ends the walk."""
    told = {EvidenceCode.HUMAN_REQUEST, EvidenceCode.GRATITUDE}
    automating = [rule.when for rule in space.policy.rules if rule.action is not Action.escalate]
    for code in map(EvidenceCode, space.codes):
        if code not in told and any(f"'{code.value}'" in when for when in automating):
            yield code


class _Maker:
    """Makes the turns of one journey."""

    def __init__(self, journey: Journey, intent: str) -> None:
        self._journey = journey
        self._intent = intent

    def __call__(self, customer: Customer, step: str | None = None, outcome: StepOutcome | None = None) -> Stimulus:
        unsure = 0 < customer.confidence < _SURE
        bot: dict[str, Any] | None = None
        if step is not None:
            bot = {"step": step, "outcome": outcome.value if outcome else StepOutcome.pending.value}
        elif unsure:
            bot = {"intent": {"name": self._intent, "confidence": customer.confidence}}
        turn = TurnRequest.model_validate(
            _TURN
            | {
                "journey": self._journey.name,
                "text": None if customer.silent else customer.words,
                "telemetry": [{"kind": TelemetryKind.step_viewed.value, "target": "page"}] if customer.silent else [],
                "bot": bot,
                "facts": dict.fromkeys(self._journey.slots, "known") if customer.supplies else {},
            }
        )
        failed = outcome in {StepOutcome.failed, StepOutcome.refused}
        done = f"the bot took {step}: {outcome.value if outcome else 'pending'}; " if step else ""
        return Stimulus(
            turn,
            self._detect(customer, step, outcome),
            f"{done}the customer {customer.words}",
            asks_for_a_person=any(code is EvidenceCode.HUMAN_REQUEST for code, _ in customer.codes),
            stuck=failed or customer is _REPEATING,
            has_words=not customer.silent,
            not_understood=customer is _BAFFLING,
            elsewhere=customer.intent == _ELSEWHERE,
        )

    def _detect(self, customer: Customer, step: str | None, outcome: StepOutcome | None) -> DetectedTurn:
        evidence = [Evidence(source=source, code=code, weight=_CLEARLY) for code, source in customer.codes]
        signals = Signals.model_validate(
            {
                Dimension.frustration.value: {"score": customer.frustration, "evidence": evidence},
                Dimension.confusion.value: {"score": customer.confusion},
            }
        )
        intent = Intent(name=customer.intent or self._intent, confidence=customer.confidence)
        observation = Observation(
            words=0 if customer.silent else len(customer.words.split()),
            scores=signals.scores(),
            intent=intent.name,
            confidence=intent.confidence,
            codes=sorted(signals.codes()),
            step=step,
            outcome=outcome,
        )
        return DetectedTurn(signals=signals, intent=intent, observation=observation, stated_contacts=customer.contacts)


def profiles(space: Space) -> Sequence[dict[str, Any]]:
    """Return the customers to walk with: one of whom nothing is known, and one whom the rules about accounts meet."""
    unknown: dict[str, Any] = {}
    if not any(space.mentions(f"customer.{one}") for one in ("tier", "value", "tenure_months")):
        return [unknown]
    tenure = int(max(space.marks("customer.tenure_months"), default=0))
    return [unknown, {"tier": "vip", "value": "high", "tenure_months": tenure}]
