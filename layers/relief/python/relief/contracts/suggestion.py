"""What reviewers' verdicts say of a policy: how its rules did, and which small change would have agreed better."""

from pydantic import Field

from relief.contracts.model import LenientContract, Score
from relief.contracts.vocabulary import ReasonCode


class Proportion(LenientContract):
    """So many of so many, with the interval (95 %) in which the true rate lies."""

    agreed: int = 0
    verdicts: int = 0
    lower: Score = 0.0
    upper: Score = 1.0


class RuleStanding(LenientContract):
    """How far reviewers agree where one rule decides."""

    rule: str
    reason: ReasonCode
    standing: Proportion


class LeverStanding(LenientContract):
    """The best small change of one number of the policy, measured on the verdicts."""

    lever: str = Field(
        description="The number's place in the policy, such as `costs.friction` or `rules.friction-high`."
    )
    now: float
    better: float | None = Field(None, description="The value that agrees best; null where none agrees better.")
    gained: int = Field(0, description="Decisions that reviewers disagree with now, and would agree with.")
    lost: int = Field(0, description="Decisions that reviewers agree with now, and would disagree with.")
    agreement: Proportion | None = Field(None, description="With the better value.")
    bound: Score = Field(0.0, description="Lower bound of gained / (gained + lost), corrected for all values tried.")
    suggested: bool = False


class Suggestions(LenientContract):
    """The report."""

    policy: str = Field(description="Version of the policy that was tried.")
    verdicts: int = Field(description="Verdicts on decisions that chance chose and that the policy can decide anew.")
    fewest: int = Field(description="With fewer verdicts nothing is suggested.")
    left_out: dict[str, int] = Field({}, description="Verdicts that were not used, by why.")
    agreement: Proportion = Proportion()
    tried: int = Field(0, description="Values tried, over all levers.")
    rules: list[RuleStanding] = []
    levers: list[LeverStanding] = []
    untouched: list[str] = Field([], description="Rules that no verdict changes, because a promise rests on them.")
