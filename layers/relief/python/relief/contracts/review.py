"""Reviews: decisions that people look at again, and what they say of them."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from relief.contracts.model import Contract, LenientContract, Name, Score, Time
from relief.contracts.vocabulary import (
    Action,
    EvidenceCode,
    Mode,
    ReasonCode,
    ReviewCause,
    ReviewState,
    RolloutStage,
    ShouldHave,
)

MAX_WHY_CHARACTERS = 500


class Verdict(Contract):
    """What a reviewer says of a decision. A second verdict on the same decision replaces the first."""

    agree: StrictBool
    should_have: ShouldHave | None = Field(None, description="The right action; with `agree: true`, the one decided.")
    queue: Name | None = Field(None, description="The right queue.")
    why: Annotated[str, Field(max_length=MAX_WHY_CHARACTERS)] | None = Field(None, description="Redacted on entry.")

    @model_validator(mode="after")
    def _says_what_was_wrong(self) -> Self:
        if not self.agree and self.should_have is None and self.queue is None:
            message = "a verdict that does not agree names what should have happened: should_have, queue, or both"
            raise ValueError(message)
        return self


class RecordedVerdict(LenientContract):
    """A verdict as it is stored."""

    agree: bool
    should_have: ShouldHave | None = None
    queue: str | None = None
    why: str = ""
    by: str = Field("", description="Keyed hash of the reviewer.")
    at: Time


class ReviewItem(LenientContract):
    """A decision before a reviewer: what was decided and on which signs, nothing that was said."""

    decision_id: str
    session_id: str
    turn: int
    journey: str
    decided_at: Time
    cause: ReviewCause
    state: ReviewState
    stage: RolloutStage
    drawn: bool = Field(description="Whether chance chose it; such verdicts alone count for the agreement.")
    action: Action
    mode: Mode
    queue: str | None = None
    enforced: bool = True
    reasons: list[ReasonCode] = []
    intent: str = ""
    confidence: Score = 0.0
    scores: dict[str, Score] = {}
    codes: list[EvidenceCode] = []
    say: str = Field("", description="What the bot was told to say.")
    policy: str = ""
    judgement: str = ""
    conversation: list[str] = Field([], description="With an audit: every decision of the conversation, oldest first.")
    verdict: RecordedVerdict | None = None


class ReviewPage(LenientContract):
    """A page of the review queue."""

    items: list[ReviewItem]
    next: str | None = None


class RecordedReview(LenientContract):
    """The answer to a verdict."""

    decision_id: str
    verdict: RecordedVerdict
    counted: bool = Field(description="Whether it counts for the agreement that the share of reviews follows.")
    changed: bool = Field(description="`false`: the same verdict was recorded before.")
