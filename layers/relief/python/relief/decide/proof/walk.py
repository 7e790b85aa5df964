"""Walk every conversation that a policy can lead to, turn by turn, by the very code that live turns run through.

A state is what the next decision can tell of the past (``relief.decide.proof.situation``). From each state every
stimulus is tried once; what it leads to is a state again. Breadth first, so that the way to a state is the shortest.
"""

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from relief.contracts.context import CustomerState, OpenHandoff, SessionContext
from relief.contracts.incident import Incident
from relief.contracts.states import Decided
from relief.contracts.vocabulary import Action, HandoffState, Owner, ReasonCode
from relief.decide.journeys import Journey
from relief.decide.proof.concern import Concerns
from relief.decide.proof.situation import Situations
from relief.decide.proof.space import Space
from relief.decide.proof.stimuli import Stimulus, list_stimuli
from relief.decide.turn import decide_turn
from relief.remember.absorb import absorb_turn, new_context
from relief.remember.record import record_decision
from relief.settings import Settings

_SETTINGS: Final = Settings()
_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SESSION: Final = "walk"
_MODEL: Final = "none"


@dataclass(slots=True)
class State:
    """One state, with the first conversation that leads to it."""

    context: SessionContext | None
    before: "Turn | None" = None
    depth: int = 0

    def conversation(self) -> "list[Turn]":
        """Return the turns that lead here."""
        turns: list[Turn] = []
        turn = self.before
        while turn is not None:
            turns.append(turn)
            turn = turn.start.before
        return turns[::-1]


@dataclass(slots=True)
class Turn:
    """One turn of the walk. ``absorbed`` is what was known when it was decided."""

    start: State
    stimulus: Stimulus
    absorbed: SessionContext
    decided: Decided | None
    """``None`` when deciding failed."""
    error: str = ""
    end: State | None = None
    """``None`` when the conversation ends here: with a hand-over, or a failure."""


@dataclass
class Walk:
    """The walk through one journey by one customer."""

    space: Space
    journey: Journey
    journeys: Mapping[str, Journey]
    customer: Mapping[str, Any] = field(default_factory=dict)
    incidents: list[Incident] = field(default_factory=list)
    rules: frozenset[str] | None = None
    """The rules that can fire here, where that is known (``relief.decide.proof.concern``)."""
    states: dict[Hashable, State] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)

    def run(self) -> "Walk":
        """Visit every state that can be reached, and then a conversation that waits for a person."""
        rules = Concerns(self.space).rules_for(self.journey, self.customer) if self.rules is None else self.rules
        policy = self.space.policy
        only_these = policy.model_copy(update={"rules": [rule for rule in policy.rules if rule.id in rules]})
        concerned = Space(only_these, self.journeys)
        situations = Situations(concerned, self.journey)
        stimuli = list_stimuli(concerned, self.journey)
        first = State(None if not self.customer else self._known_customer(stimuli[0]))
        self.states = {situations.name(first.context): first}
        waiting = deque([first])
        handed_over: Turn | None = None
        while waiting:
            state = waiting.popleft()
            for stimulus in stimuli:
                turn = self.take(state, stimulus)
                if turn.decided is None:
                    continue
                if turn.decided.action is Action.escalate:
                    handed_over = handed_over or turn
                    continue
                after = record_decision(turn.absorbed, turn.decided, None)
                name = situations.name(after)
                if name not in self.states:
                    self.states[name] = State(after, turn, state.depth + 1)
                    waiting.append(self.states[name])
                turn.end = self.states[name]
        if handed_over is not None:
            self._while_it_waits(handed_over, stimuli)
        return self

    def take(self, state: State, stimulus: Stimulus) -> Turn:
        """Take one turn, as ``relief.decide.state`` does."""
        request, detected = stimulus.turn, stimulus.detected
        absorbed = absorb_turn(state.context, _SESSION, request, detected, _NOW, _SETTINGS)
        turn = Turn(state, stimulus, absorbed, None)
        policy = self.space.policy
        try:
            turn.decided = decide_turn(
                absorbed,
                state.context,
                request,
                detected,
                self.incidents,
                policy,
                [],
                _MODEL,
                self.journeys,
                explained=False,
            )
        except Exception as error:  # noqa: BLE001 - whatever fails is what is looked for
            turn.error = f"{type(error).__name__}: {error}"
        self.turns.append(turn)
        return turn

    def _known_customer(self, stimulus: Stimulus) -> SessionContext:
        start = new_context(_SESSION, stimulus.turn, _NOW, _SETTINGS)
        return start.model_copy(update={"customer": CustomerState.model_validate(self.customer)})

    def _while_it_waits(self, turn: Turn, stimuli: list[Stimulus]) -> None:
        """Take every turn once while a person is awaited, and once when one has the conversation."""
        if turn.decided is None:
            return
        handoff = OpenHandoff(
            handoff_id="walk",
            queue="general",
            priority=1,
            realtime=True,
            state=HandoffState.queued,
            reason=ReasonCode.CUSTOMER_REQUEST,
            requested_at=_NOW,
        )
        after = record_decision(turn.absorbed, turn.decided, handoff)
        for owner in (Owner.queued, Owner.human):
            state = State(after.model_copy(update={"owner": owner}), turn, turn.start.depth + 1)
            self.states[owner] = state
            for stimulus in stimuli:
                self.take(state, stimulus)
