"""Versions of the policy: what is stored, switched and told about them."""

from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, model_validator

from relief.contracts.model import Contract, LenientContract, Score, Time
from relief.contracts.vocabulary import PolicyChangeKind, RolloutStage

MAX_WHY_CHARACTERS = 500
PolicyVersionName = Annotated[str, Field(min_length=1, max_length=32)]


class StoredPolicy(LenientContract):
    """One version as it is stored, its document as JSON."""

    version: str
    content: str = Field(description="Fingerprint of the document: a version's name stands for one content for ever.")
    document: str
    stored_at: Time


class ActivePolicy(StoredPolicy):
    """The version in force."""

    revision: int = Field(description="Counts the switches; the guard of the next one.")
    previous: str | None = Field(None, description="The version that a rollback returns to.")


class PolicyChange(LenientContract):
    """One entry of the audit trail."""

    revision: int
    kind: PolicyChangeKind
    at: Time
    by: str = Field(description="Subject of the caller's token, redacted.")
    why: str = Field("", description="Redacted on entry.")
    version: str
    previous: str


class PolicySwitch(Contract):
    """Put a policy in force: a new document, a version that is stored, or the one before."""

    policy: str | dict[str, Any] | None = Field(None, description="A policy as YAML or JSON text, or as an object.")
    version: PolicyVersionName | None = Field(None, description="A version that is known: stored, or shipped.")
    rollback: StrictBool = Field(False, description="One step back, to the version that was in force before.")
    expected: PolicyVersionName | None = Field(
        None, description="The version that the caller believes to be in force; another one is refused with 409."
    )
    why: Annotated[str, Field(max_length=MAX_WHY_CHARACTERS)] | None = None

    @model_validator(mode="after")
    def _names_one_policy(self) -> Self:
        named = (self.policy is not None) + (self.version is not None) + self.rollback
        if named != 1:
            message = "a switch needs exactly one of policy, version and rollback"
            raise ValueError(message)
        return self


class PolicyProof(LenientContract):
    """What was proved of a policy before it came into force."""

    rules: bool = Field(description="Its rules were searched for faults over single turns.")
    conversations: bool = Field(description="Every conversation of the default journey was walked as well.")
    states: int = 0
    seconds: float = 0.0


class SwitchedPolicy(LenientContract):
    """The answer to a switch."""

    version: str
    previous: str
    revision: int
    activated_at: Time
    changed: bool = Field(description="`false`: this version was in force already, and nothing was written.")
    proof: PolicyProof | None = Field(None, description="Of a new document; a stored version was proved when it came.")


class JourneyStanding(LenientContract):
    """How far a journey is rolled out under the policy in force, and how reviewers agree with it."""

    journey: str
    stage: RolloutStage
    verdicts: int = 0
    agreed: int = 0
    lower_bound: Score = 0.0
    share: Score = Field(0.0, description="Share of its decisions that is reviewed now.")


class PolicyVersionView(LenientContract):
    """One version in the list."""

    version: str
    content: str
    stored_at: Time | None = None
    active: bool = False
    shipped: bool = False
    document: dict[str, Any] | None = Field(None, description="The policy itself, where one version was asked for.")


class PolicyPage(LenientContract):
    """The versions, which one is in force, and the last entries of the audit trail."""

    active: str
    revision: int
    previous: str | None = None
    items: list[PolicyVersionView]
    next: str | None = None
    rollout: list[JourneyStanding]
    audit: list[PolicyChange] = Field(description="Newest first, at most 50.")
