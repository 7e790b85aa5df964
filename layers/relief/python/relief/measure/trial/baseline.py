"""The baseline: a bot without context, which hands over on a keyword and asks again when it is unsure.

Each turn is decided as if it were the first. It knows what this one turn says: its words, and the caller's own reading
of the intent. It remembers no failed step, no question and no owner, sees no behaviour, and reads no tone.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from relief.contracts.decision import NextMove, Question, Reason, TurnResponse, Versions
from relief.contracts.handoff import HandoffView
from relief.contracts.model import Contract, Score
from relief.contracts.signals import Intent, Signals
from relief.contracts.summary import Summary, SummaryEmotion, SummaryReason
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, HandoffState, Mode, Owner, ReasonCode
from relief.data_files import load_data_file
from relief.measure.staging import StagedEvent
from relief.route.tables import load_table

_UNKNOWN = "out_of_scope"
_VERSION = "baseline-without-context"


class BaselineRules(Contract):
    """The baseline's whole judgement."""

    person: Annotated[list[str], Field(min_length=1)]
    unsure_below: Score

    def asks_for_a_person(self, text: str) -> bool:
        """Tell whether a keyword for a person is among the words."""
        return any(re.search(pattern, text, re.IGNORECASE) for pattern in self.person)


@lru_cache(maxsize=1)
def load_rules() -> BaselineRules:
    """Load the shipped rules.

    Raises:
        DataFileInvalid: the file does not validate.
    """
    return load_data_file(Path(__file__).with_name("baseline.yaml"), BaselineRules)


class Baseline:
    """Answers turns as the baseline would."""

    def __init__(self) -> None:
        """Load the rules."""
        self._rules = load_rules()
        self.begin("")

    def begin(self, session_id: str) -> None:
        """Begin a conversation; only the turns' numbers are counted."""
        self._session_id = session_id
        self._turn = 0

    def take(self, turn: TurnRequest) -> TurnResponse:
        """Return the answer to a turn, whatever came before it."""
        self._turn += 1
        named = turn.bot.intent if turn.bot else None
        intent = Intent(name=named.name, confidence=named.confidence) if named else Intent(name=_UNKNOWN, confidence=0)
        if turn.text and self._rules.asks_for_a_person(turn.text):
            return self._answer(turn, intent, Action.escalate, ReasonCode.CUSTOMER_REQUEST)
        if not turn.text:
            return self._answer(turn, intent, Action.hold, ReasonCode.NO_INTERVENTION)
        if named is not None and named.confidence < self._rules.unsure_below:
            return self._answer(turn, intent, Action.clarify, ReasonCode.LOW_CONFIDENCE)
        return self._answer(turn, intent, Action.answer, ReasonCode.ROUTINE)

    def stage(self, event: StagedEvent) -> None:
        """Let it pass: incidents and what people did are context, of which it has none."""

    def stored(self) -> str | None:
        """Return nothing: it keeps nothing."""
        return ""

    def _answer(self, turn: TurnRequest, intent: Intent, action: Action, reason: ReasonCode) -> TurnResponse:
        handed_over = action is Action.escalate
        question = Question(slot="topic", question="Sorry, I did not get that. Could you say it differently?")
        return TurnResponse(
            session_id=self._session_id,
            turn=self._turn,
            decision_id=f"baseline-{self._turn}",
            owner=Owner.queued if handed_over else Owner.bot,
            action=action,
            mode=Mode.human_takeover if handed_over else Mode.rule_based,
            signals=Signals(),
            intent=intent,
            reasons=[Reason(code=reason, rule=_VERSION, text="A keyword or the bot's own confidence decided.")],
            next=NextMove(
                ask=question if action is Action.clarify else None,
                step=turn.bot.step if turn.bot and action is Action.answer else None,
                do_not_ask=list(turn.facts),
            ),
            handoff=self._hand_over(intent, reason) if handed_over else None,
            versions=Versions(policy=_VERSION, model="none", prompt="none"),
        )

    def _hand_over(self, intent: Intent, reason: ReasonCode) -> HandoffView:
        table = load_table()
        summary = Summary(
            headline="Customer wants a person; the bot passes on nothing else.",
            goal=intent.name,
            intent=intent.name,
            emotion=SummaryEmotion(words="unknown", frustration=0, trend="unknown"),
            urgency="unknown",
            reason=SummaryReason(code=reason, text="A keyword."),
            confidence=intent.confidence,
        )
        return HandoffView(
            handoff_id=f"baseline-{self._session_id}-{self._turn}",
            queue=table.intents.get(intent.name, table.fallback),
            priority=50,
            realtime=True,
            state=HandoffState.requested,
            summary=summary,
        )
