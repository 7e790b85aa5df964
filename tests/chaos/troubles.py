"""What goes wrong in a conversation, drawn from its seed: which fault, where, how often, and from when until when."""

import random
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """The kinds of faults; the report counts how often each hit."""

    error = "error"
    """The service, or the function, answers an error."""
    refusal = "refusal"
    """The service refuses for good: nothing to gain by trying again."""
    hang = "hang"
    """No answer comes: whoever waits gives up after the time that it waits."""
    lost_answer = "lost_answer"
    """It is done, but the answer never comes."""
    throttle = "throttle"
    rubbish = "rubbish"
    """A function answers something that nobody agreed to."""
    read_only = "read_only"
    """The table takes no write, of any kind."""
    full_queue = "full_queue"
    """Neither bus nor queues take a message."""
    partial_batch = "partial_batch"
    """A batch is done in part: keys left unread, an entry refused, a message that fails alone."""
    duplicate = "duplicate"
    """The same again: a turn posted twice, a message delivered twice."""
    reordering = "reordering"
    """What was sent first arrives last."""
    lost_race = "lost_race"
    """Somebody else writes to the session between reading and writing."""
    clock_skew = "clock_skew"
    """The machine that serves a turn, an event or a message has a clock that is wrong."""


FUNCTIONS: Final = ("classify", "detect", "decide", "summarise", "route", "deliver")
READS: Final = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
WRITES: Final = ("dynamodb:TransactWriteItems", "dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:DeleteItem")
SENDS: Final = ("eventbridge:PutEvents", "sqs:SendMessage")
WORKFLOW: Final = "sfn:StartSyncExecution"
_SERVICES: Final = (*READS, *WRITES[:2], *SENDS, WORKFLOW)
_EVERYWHERE: Final = "world"
"""Faults of how things arrive, not of one service."""

_PLACES: Final[dict[Kind, tuple[tuple[str, ...], ...]]] = {
    Kind.error: (*((one,) for one in (*FUNCTIONS, *_SERVICES)), (*READS, *WRITES)),
    Kind.refusal: tuple((one,) for one in _SERVICES),
    Kind.hang: (*((one,) for one in (*FUNCTIONS, *_SERVICES)), (*READS, *WRITES)),
    Kind.lost_answer: tuple((one,) for one in (*FUNCTIONS, *WRITES[:2], *SENDS, WORKFLOW)),
    Kind.throttle: (*((one,) for one in (*FUNCTIONS, *_SERVICES)), FUNCTIONS, (*READS, *WRITES)),
    Kind.rubbish: tuple((one,) for one in FUNCTIONS),
    Kind.read_only: (WRITES,),
    Kind.full_queue: (SENDS, SENDS[:1]),
    Kind.partial_batch: (("dynamodb:BatchGetItem",), ("eventbridge:PutEvents",), ("deliver:message",)),
    Kind.duplicate: ((_EVERYWHERE,),),
    Kind.reordering: ((_EVERYWHERE,),),
    Kind.lost_race: ((_EVERYWHERE,),),
    Kind.clock_skew: ((_EVERYWHERE,),),
}
_MOST_AT_ONCE: Final = 3
_UNTROUBLED: Final = 0.1
_LONGEST_SKEW_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Trouble:
    """One fault that may hit at some places, from one step of the conversation to another."""

    kind: Kind
    places: tuple[str, ...]
    chance: float
    first: int
    last: int


@dataclass
class Troubles:
    """The troubles of one conversation. Asking for them in the same order gives the same answers."""

    chance: random.Random
    planned: tuple[Trouble, ...] = ()
    step: int = 0
    healed: bool = False
    hits: Counter[Kind] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)

    def strikes(self, place: str, kinds: frozenset[Kind] | None = None) -> Kind | None:
        """Tell what goes wrong with a call at this place, and count it; ``None``: it goes well."""
        if self.healed:
            return None
        for trouble in self.planned:
            if place not in trouble.places or not trouble.first <= self.step <= trouble.last:
                continue
            if kinds is not None and trouble.kind not in kinds:
                continue
            if self.chance.random() < trouble.chance:
                self.hits[trouble.kind] += 1
                self.places[f"{trouble.kind} at {place}"] += 1
                return trouble.kind
        return None

    def happens(self, kind: Kind) -> bool:
        """Tell whether something goes wrong with how things arrive."""
        return self.strikes(_EVERYWHERE, frozenset({kind})) is not None

    def draw_skew(self) -> float:
        """Return by how many seconds the next machine's clock is wrong."""
        if not self.happens(Kind.clock_skew):
            return 0.0
        return self.chance.uniform(-_LONGEST_SKEW_SECONDS, _LONGEST_SKEW_SECONDS)


def draw_troubles(chance: random.Random, steps: int) -> Troubles:
    """Plan what goes wrong in a conversation of so many steps; in one of ten nothing does."""
    if chance.random() < _UNTROUBLED:
        return Troubles(chance)
    planned = []
    for _ in range(chance.randint(1, _MOST_AT_ONCE)):
        kind = chance.choice(list(Kind))
        first = chance.randint(0, max(0, steps - 2))
        last = min(steps, first + chance.randint(0, steps))
        often = chance.choice((0.2, 0.5, 1.0))
        planned.append(Trouble(kind, chance.choice(_PLACES[kind]), often, first, last))
    return Troubles(chance, tuple(planned))
