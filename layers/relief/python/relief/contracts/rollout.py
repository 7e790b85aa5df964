"""How a decision was rolled out: whether it was enforced, and whether a person reviews it."""

from pydantic import Field

from relief.contracts.model import LenientContract, Score
from relief.contracts.vocabulary import ReviewCause, RolloutStage


class WouldHandOver(LenientContract):
    """The hand-over that a decision in shadow would have made. Nobody knows of it but the caller."""

    queue: str
    priority: int = Field(description="Place in the work list, 1 to 100.")
    realtime: bool


class RolledOut(LenientContract):
    """A decision's rollout, recorded with it, so that the choice to review it can be drawn again."""

    journey: str
    stage: RolloutStage
    verdicts: int = Field(0, description="Verdicts on this judgement in this journey, when it was decided.")
    lower_bound: Score = Field(0.0, description="Of the interval of agreement, see `relief.decide.agreement`.")
    share: Score = Field(0.0, description="Share of decisions that was reviewed at the time.")
    drawn: bool = Field(False, description="Whether chance chose it. What chance did not choose tells nothing of all.")
    review: ReviewCause | None = None
    judgement: str = Field("", description="Fingerprint of what judged: the policy without version and rollout.")
