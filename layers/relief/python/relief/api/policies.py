"""The policy in force, switched without a deployment: proved, guarded, audited, and one step from the one before."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, NamedTuple, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field

from relief.api.policy_text import read_policy, refuse_policy
from relief.api.requests import parse_body
from relief.contracts.model import Contract
from relief.contracts.policy import (
    ActivePolicy,
    JourneyStanding,
    PolicyChange,
    PolicyPage,
    PolicyProof,
    PolicySwitch,
    PolicyVersionName,
    PolicyVersionView,
    StoredPolicy,
    SwitchedPolicy,
)
from relief.contracts.problem import FieldProblem
from relief.contracts.vocabulary import PolicyChangeKind, RolloutStage
from relief.decide.agreement import Agreement, Agreements, review_share
from relief.decide.in_force import count_agreements
from relief.decide.journeys import load_journeys
from relief.decide.policy import Policy, load_policy, open_policy
from relief.decide.proof.brief import Brief, check_briefly
from relief.errors import DataFileInvalid, NotFound, PolicyConflict, Unavailable
from relief.observability import logger
from relief.privacy.redact import redact
from relief.store.ports import PolicyReading, PolicyStore, PolicyUnavailable

PROOF_SECONDS: Final = 4.0
"""Of the 9 s that the function may take; the rules alone need under one of them."""
_AUDIT: Final = 50
_Result = TypeVar("_Result")


class PolicyQuery(Contract):
    """Which versions are asked for."""

    version: PolicyVersionName | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    next: PolicyVersionName | None = None


class _Incoming(NamedTuple):
    """A policy that is to come into force."""

    policy: Policy
    kind: PolicyChangeKind
    new: bool = False
    """Whether it came with the request; a stored version was proved when it came."""


class PolicyService:
    """Everything that policies need, bound to one installation."""

    def __init__(
        self,
        store: PolicyStore,
        shipped: Callable[[], Policy] = load_policy,
        prove: Callable[[Policy], Brief] | None = None,
    ) -> None:
        """Keep the ports; nothing is called yet."""
        self._store = store
        self._shipped = shipped
        self._prove = prove or (lambda policy: check_briefly(policy, load_journeys(), PROOF_SECONDS))

    def read_page(self, query: PolicyQuery, now: datetime) -> PolicyPage:
        """Return versions, the one in force, the rollout of each journey, and the audit trail.

        Raises:
            NotFound: there is no such version.
            Unavailable: the table does not answer.
        """
        shipped = self._shipped()
        active, reading = self._read(now)
        policy = self._open(active)
        views, following = self._versions(query, active, shipped, now)
        changes = _try(lambda: self._store.list_changes(_AUDIT, now))
        return PolicyPage(
            active=active.version,
            revision=active.revision,
            previous=active.previous,
            items=views,
            next=following,
            rollout=_standings(policy, count_agreements(reading)),
            audit=changes,
        )

    def _versions(
        self, query: PolicyQuery, active: ActivePolicy, shipped: Policy, now: datetime
    ) -> tuple[list[PolicyVersionView], str | None]:
        def view(stored: StoredPolicy, *, whole: bool = False) -> PolicyVersionView:
            return PolicyVersionView(
                version=stored.version,
                content=stored.content,
                stored_at=stored.stored_at if stored.content != shipped.content else None,
                active=stored.version == active.version,
                shipped=stored.content == shipped.content,
                document=json.loads(stored.document) if whole else None,
            )

        if query.version is not None:
            return [view(self._find(query.version, now), whole=True)], None
        stored, following = _try(lambda: self._store.list_versions(query.limit, query.next, now))
        views = [view(one) for one in stored]
        if query.next is None and all(one.version != shipped.version for one in stored):
            views.insert(0, view(_store(shipped, now)))
        return views, following

    def _find(self, version: str, now: datetime) -> StoredPolicy:
        shipped = self._shipped()
        if version == shipped.version:
            return _store(shipped, now)
        stored = _try(lambda: self._store.find_version(version, now))
        if stored is None:
            message = f"There is no version {version}. GET /v1/policies lists them."
            raise NotFound(message)
        return stored

    def switch(self, body: bytes, who: str, now: datetime) -> SwitchedPolicy:
        """Put a policy in force. What is in force already is answered as it is, and nothing is written.

        Raises:
            RequestTooLarge, RequestNotJson, RequestInvalid: the request cannot be accepted, or the policy does not
                validate or does not keep the promises; the one in force stays.
            NotFound: there is no such version, or nothing to go back to.
            PolicyConflict: another policy is in force than expected, or the version's name is taken.
            Unavailable: the table does not answer.
        """
        asked = parse_body(body, PolicySwitch)
        active, _ = self._read(now)
        incoming = self._receive(asked, active, now)
        policy = incoming.policy
        if policy.content == active.content and not asked.rollback:
            return _answer(active, changed=False)
        if asked.expected is not None and asked.expected != active.version:
            message = f"{active.version} is in force, not {asked.expected}. Look at it, then switch again."
            raise PolicyConflict(message)
        proof = self._accept(policy, active, now) if incoming.new else None
        becoming = self._write(asked, incoming, active, who, now)
        logger.info("policy switched", version=policy.version, previous=active.version, kind=incoming.kind.value)
        return _answer(becoming, changed=True, proof=proof)

    def _receive(self, asked: PolicySwitch, active: ActivePolicy, now: datetime) -> _Incoming:
        if asked.policy is not None:
            return _Incoming(read_policy(asked.policy), PolicyChangeKind.activated, new=True)
        kind, version = PolicyChangeKind.activated, asked.version
        if asked.rollback:
            kind, version = PolicyChangeKind.rolled_back, active.previous
        if version is None:
            message = "No policy was in force before this one, so there is nothing to go back to."
            raise NotFound(message)
        stored = self._find(version, now)
        try:
            return _Incoming(open_policy(stored.document, version), kind)
        except DataFileInvalid as error:
            raise refuse_policy([FieldProblem(field="version", message=error.detail)]) from error

    def _accept(self, policy: Policy, active: ActivePolicy, now: datetime) -> PolicyProof:
        """See that a new policy's name is not taken, and prove it."""
        try:
            taken: StoredPolicy | None = active if active.version == policy.version else self._find(policy.version, now)
        except NotFound:
            taken = None
        if taken is not None and taken.content != policy.content:
            message = f"Version {policy.version} is another policy already. Give this one a version of its own."
            raise PolicyConflict(message)
        found = self._prove(policy)
        if found.findings:
            raise refuse_policy([FieldProblem(field="policy", message=one.tell()) for one in found.findings])
        return PolicyProof(
            rules=True, conversations=found.complete, states=found.states, seconds=round(found.seconds, 2)
        )

    def _write(
        self, asked: PolicySwitch, incoming: _Incoming, active: ActivePolicy, who: str, now: datetime
    ) -> ActivePolicy:
        stored = _store(incoming.policy, now)
        revision = active.revision + 1
        change = PolicyChange(
            revision=revision,
            kind=incoming.kind,
            at=now,
            by=redact(who).text if who else "",
            why=redact(asked.why).text if asked.why else "",
            version=stored.version,
            previous=active.version,
        )
        becoming = ActivePolicy(**stored.model_dump(), revision=revision, previous=active.version)
        if not _try(lambda: self._store.switch(becoming, active, change)):
            message = (
                f"Somebody else switched the policy at the same time, or {stored.version} is the name of another "
                "policy already. Look at what is in force, then switch again."
            )
            raise PolicyConflict(message)
        return becoming

    def _read(self, now: datetime) -> tuple[ActivePolicy, PolicyReading]:
        """Return the policy in force as it is stored, and the agreement with it."""
        shipped = self._shipped()
        try:
            reading = self._store.read_in_force(shipped.judgement, now)
            active = reading.active or ActivePolicy(**_store(shipped, now).model_dump(), revision=0)
            judgement = self._open(active).judgement
            if judgement != shipped.judgement:
                reading = self._store.read_in_force(judgement, now)
        except PolicyUnavailable as error:
            message = "The policy in force cannot be read. Send the same request again."
            raise Unavailable(message) from error
        return active, reading

    def _open(self, active: ActivePolicy) -> Policy:
        """Return the policy that decides: the one in force, or the shipped one while that cannot be used."""
        try:
            return open_policy(active.document, active.version)
        except DataFileInvalid:
            return self._shipped()


def _store(policy: Policy, now: datetime) -> StoredPolicy:
    return StoredPolicy(
        version=policy.version, content=policy.content, document=policy.model_dump_json(), stored_at=now
    )


def _answer(active: ActivePolicy, *, changed: bool, proof: PolicyProof | None = None) -> SwitchedPolicy:
    return SwitchedPolicy(
        version=active.version,
        previous=active.previous or active.version,
        revision=active.revision,
        activated_at=active.stored_at,
        changed=changed,
        proof=proof,
    )


def _standings(policy: Policy, agreements: Agreements) -> list[JourneyStanding]:
    standings = []
    for journey in sorted(load_journeys()):
        rollout, agreement = policy.rollout.of(journey), agreements.get(journey, Agreement())
        bound = agreement.lower_bound
        reviewed = rollout.stage is not RolloutStage.autonomous
        standings.append(
            JourneyStanding(
                journey=journey,
                stage=rollout.stage,
                verdicts=agreement.verdicts,
                agreed=agreement.agreed,
                lower_bound=round(bound, 4),
                share=round(review_share(bound, rollout.ceiling, rollout.floor), 4) if reviewed else 0.0,
            )
        )
    return standings


def _try(attempt: Callable[[], _Result]) -> _Result:
    try:
        return attempt()
    except (BotoCoreError, ClientError) as error:
        message = "The table does not answer. Send the same request again."
        raise Unavailable(message) from error
