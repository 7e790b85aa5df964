"""What is archived of a decision: enough to study and calibrate decisions for years, nothing of anybody."""

from pydantic import Field

from relief.contracts.decision import Versions
from relief.contracts.model import Contract, Name, Score, Time
from relief.contracts.states import FiredRule
from relief.contracts.vocabulary import Action, Channel, EvidenceCode, Mode, Owner, Part, ReasonCode


class ArchivedDecision(Contract):
    """One decision without whose it was: no identifier, no value, no word, no name but the installation's own.

    The time is that of its hour, so that a record cannot be matched with a conversation by when it happened.
    """

    hour: Time
    channel: Channel | None = None
    journey: Name | None = Field(None, description="One of the installation's; `other` for a name that a caller chose.")
    turn: int = Field(ge=0, le=1000, description="The turn's number in its session; 1000 stands for all beyond.")
    action: Action
    mode: Mode
    owner: Owner
    intent: Name = Field(description="One that detection knows; `other` for a name that a caller chose.")
    intent_confidence: Score
    scores: dict[str, Score] = Field(description="By dimension.")
    evidence: list[EvidenceCode] = Field(description="Codes that moved a score, in the order of the alphabet.")
    reasons: list[ReasonCode]
    rules: list[FiredRule] = Field(description="Every rule that was evaluated, by its identifier in the policy.")
    queue: Name | None = None
    incident: bool = False
    enforced: bool = True
    degraded: list[Part] = []
    versions: Versions
