"""The rollout of journeys as a part of the policy, and what it makes of a decision."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from relief.contracts.decision import NextMove
from relief.contracts.model import Contract, Name
from relief.contracts.rollout import RolledOut, WouldHandOver
from relief.contracts.states import Decided, Proposed
from relief.contracts.vocabulary import Action, Owner, ReasonCode, ReviewCause, RolloutStage
from relief.decide.agreement import Agreement, Agreements, draw, review_share

_Share = Annotated[float, Field(ge=0, le=1)]
SENSITIVE: Final = frozenset(
    {
        ReasonCode.SAFETY_OR_VULNERABILITY,
        ReasonCode.SECURITY_CONCERN,
        ReasonCode.LEGAL_OR_REGULATOR,
        ReasonCode.SENSITIVE_ACCOUNT_ACTION,
    }
)
"""Reasons that no policy may take off the list of what is always reviewed."""


class JourneyRollout(Contract):
    """How far one journey is rolled out, and which share of its decisions people review."""

    stage: RolloutStage
    ceiling: _Share = Field(0.25, description="Share that is reviewed while there are no verdicts yet.")
    floor: Annotated[float, Field(gt=0, le=1)] = Field(0.02, description="Share that is reviewed however they agree.")

    @model_validator(mode="after")
    def _has_its_floor_below(self) -> Self:
        if self.floor > self.ceiling:
            message = f"floor {self.floor} is above ceiling {self.ceiling}; lower the floor or raise the ceiling"
            raise ValueError(message)
        return self


class AuditShares(Contract):
    """Which share of whole conversations is offered for audit, by how they ended."""

    ended_well: _Share = 0.01
    ended_badly: _Share = 0.1


class RolloutPlan(Contract):
    """The rollout of every journey. A journey that is not named takes the default."""

    default: JourneyRollout = JourneyRollout(stage=RolloutStage.supervised)
    journeys: dict[Name, JourneyRollout] = {}
    always_review: list[ReasonCode] = Field([], description="Reasons that are always reviewed, besides the sensitive.")
    audits: AuditShares = AuditShares()

    def of(self, journey: str) -> JourneyRollout:
        """Return a journey's rollout."""
        return self.journeys.get(journey, self.default)

    def unknown_journeys(self, journeys: Mapping[str, object]) -> list[str]:
        """Return the journeys that the plan names and nobody defines."""
        return [name for name in self.journeys if name not in journeys]


def choose_review(
    plan: RolloutPlan, journey: str, decided: Decided, decision_id: str, agreement: Agreement
) -> RolledOut:
    """Return how a decision is rolled out, and whether a person reviews it.

    In shadow and under supervision a share is drawn by the decision's own identifier, and what is sensitive is always
    reviewed. An autonomous journey is not reviewed; nor is a turn that needs no words.
    """
    rollout = plan.of(journey)
    bound = agreement.lower_bound
    record = RolledOut(journey=journey, stage=rollout.stage, verdicts=agreement.verdicts, lower_bound=bound)
    if rollout.stage is RolloutStage.autonomous or decided.action is Action.hold:
        return record
    share = review_share(bound, rollout.ceiling, rollout.floor)
    drawn = draw(decision_id) < share
    always = SENSITIVE.union(plan.always_review)
    cause = ReviewCause.sampled if drawn else None
    if any(reason.code in always for reason in decided.reasons):
        cause = ReviewCause.sensitive
    return record.model_copy(update={"share": share, "drawn": drawn, "review": cause})


def roll_out(
    plan: RolloutPlan,
    journey: str,
    decided: Decided,
    decision_id: str,
    agreements: Agreements,
    propose: Callable[[Decided], WouldHandOver],
    judgement: str = "",
) -> Decided:
    """Return the decision as its journey's rollout lets it take effect.

    In shadow nothing is enforced: the conversation stays with the bot, and a hand-over becomes a proposal in ``next``
    which the caller may carry out. What a person owns already is no matter of rollout; callers leave it out.
    """
    record = choose_review(plan, journey, decided, decision_id, agreements.get(journey, Agreement()))
    decided = decided.model_copy(update={"rollout": record.model_copy(update={"judgement": judgement})})
    if record.stage is not RolloutStage.shadow:
        return decided
    if decided.action is not Action.escalate:
        return decided.model_copy(update={"enforced": False})
    move = NextMove.model_validate({**decided.next.model_dump(), "would_hand_over": propose(decided)})
    unmade = {"owner": Owner.bot, "next": move, "proposed": Proposed(), "enforced": False}
    return decided.model_copy(update=unmade)
