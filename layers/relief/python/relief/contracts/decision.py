"""The decision of a turn, and the answer that the caller receives."""

from pydantic import Field

from relief.contracts.context import StoredValue
from relief.contracts.handoff import HandoffView
from relief.contracts.incident import IncidentNotice
from relief.contracts.model import LenientContract
from relief.contracts.ownership import PersonReport
from relief.contracts.prompts import PromptReference
from relief.contracts.queues import CallbackWindow
from relief.contracts.rollout import WouldHandOver
from relief.contracts.signals import Intent, Signals
from relief.contracts.vocabulary import Action, ControlOption, Mode, Owner, Part, ReasonCode


class Reason(LenientContract):
    """One rule that fired: its stable code, the rule's id, why in words, and by how much it fired."""

    code: ReasonCode
    rule: str
    text: str
    margin: float = 0.0


class Question(LenientContract):
    """The one thing to ask."""

    slot: str
    question: str


class NextMove(LenientContract):
    """What the bot should do now, and what it must not do again."""

    say: str = ""
    ask: Question | None = None
    step: str | None = Field(None, description="The journey's step that is proposed, where there is one.")
    expect: str = ""
    do_not_ask: list[str] = []
    known: dict[str, StoredValue] = Field({}, description="Values of an earlier session that need not be asked again.")
    do_not_repeat: list[str] = []
    not_kept: list[str] = Field([], description="Facts of this turn whose values were dropped: no list allows them.")
    colleague: PersonReport | None = Field(
        None, description="What a person did who had the conversation before and gave it back or closed it."
    )
    callback_windows: list[CallbackWindow] = Field(
        [], description="When the team can call back, while nobody is there to answer now."
    )
    would_hand_over: WouldHandOver | None = Field(
        None, description="In shadow: the hand-over that was decided and not made. The caller may make it by itself."
    )
    prompt: PromptReference | None = Field(
        None,
        description="Prompt by which a model of the caller's own can word this answer, `GET /v1/prompts/{name}`; none "
        "where the bot says nothing, or nothing is remembered that could fill it.",
    )
    options: list[ControlOption] = [ControlOption.talk_to_a_person, ControlOption.start_over]


class FactChange(LenientContract):
    """One fact that would have had to be different."""

    fact: str = Field(description="Its path in the facts document; `codes:NAME` for evidence that is found or not.")
    was: StoredValue
    becomes: StoredValue


class Counterfactual(LenientContract):
    """The smallest change of facts that gives another action: fewest facts, then the least distance."""

    changes: list[FactChange] = Field(min_length=1)
    implied: list[FactChange] = Field([], description="What cannot but change with them, such as a count of turns.")
    action: Action
    mode: Mode
    queue: str | None = Field(None, description="The queue that a rule would ask for.")
    reason: ReasonCode
    rule: str
    text: str = Field(description="The same in plain words.")


class Versions(LenientContract):
    """What produced the decision, so that it can be replayed."""

    policy: str
    model: str
    prompt: str


class TurnResponse(LenientContract):
    """The answer to one turn."""

    session_id: str
    turn: int = Field(ge=0)
    decision_id: str
    owner: Owner
    action: Action
    mode: Mode
    signals: Signals
    intent: Intent
    reasons: list[Reason] = Field(min_length=1)
    next: NextMove
    handoff: HandoffView | None = None
    incident: IncidentNotice | None = None
    enforced: bool = True
    degraded: list[Part] = []
    versions: Versions
