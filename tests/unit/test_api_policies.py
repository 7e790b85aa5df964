"""Switching the policy in force, over a store in memory."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from relief.api.policies import PolicyQuery, PolicyService
from relief.contracts.policy import ActivePolicy, PolicyChange, StoredPolicy
from relief.contracts.vocabulary import PolicyChangeKind
from relief.decide.policy import Policy, load_policy
from relief.decide.proof.brief import Brief
from relief.decide.proof.finding import Fault, Finding
from relief.errors import NotFound, PolicyConflict, RequestInvalid, Unavailable
from relief.store.ports import PolicyReading, PolicyUnavailable

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SOUND = Brief((), complete=True, states=7, seconds=0.1)
UNSOUND = Brief((Finding(Fault.loop, "it goes round", "let a rule hand over"),), complete=True, states=7, seconds=0.1)


class Shelf:
    """A store of policies that is a few lists."""

    def __init__(self) -> None:
        self.active: ActivePolicy | None = None
        self.versions: dict[str, StoredPolicy] = {}
        self.changes: list[PolicyChange] = []
        self.lost_race = self.down = False

    def read_in_force(self, judgement: str, now: datetime) -> PolicyReading:
        if self.down:
            raise PolicyUnavailable
        return PolicyReading(self.active, {"billing_dispute": (50, 50)})

    def find_version(self, version: str, now: datetime) -> StoredPolicy | None:
        return self.versions.get(version)

    def list_versions(self, limit: int, start: str | None, now: datetime) -> tuple[list[StoredPolicy], str | None]:
        return list(self.versions.values()), None

    def list_changes(self, limit: int, now: datetime) -> list[PolicyChange]:
        return self.changes[::-1][:limit]

    def switch(self, active: ActivePolicy, outgoing: StoredPolicy, change: PolicyChange) -> bool:
        if self.lost_race:
            return False
        for one in (active, outgoing):
            self.versions[one.version] = StoredPolicy(**one.model_dump(include=set(StoredPolicy.model_fields)))
        self.active = active
        self.changes.append(change)
        return True


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def candidate(version: str = "candidate", **thresholds: float) -> dict[str, Any]:
    document = load_policy().model_dump(mode="json")
    document["thresholds"] |= thresholds or {"change_strategy_at": 0.7}
    return Policy.model_validate(document | {"version": version}).model_dump(mode="json")


def switch(shelf: Shelf, proof: Brief = SOUND, **body: Any) -> Any:
    service = PolicyService(shelf, prove=lambda policy: proof)
    return service.switch(json.dumps(body).encode(), "ops jane@example.com", NOW)


def test_a_new_policy_comes_into_force_with_an_audit_entry(shelf: Shelf) -> None:
    """Given a sound policy, when it is put in force, then the answer has its proof, and the trail who, why and from what."""
    answer = switch(shelf, policy=candidate(), expected=load_policy().version, why="call +4915112345678 about it")
    assert (answer.version, answer.previous, answer.changed) == ("candidate", load_policy().version, True)
    assert answer.proof.states == 7
    page = PolicyService(shelf).read_page(PolicyQuery(), NOW)
    assert page.active == "candidate"
    entry = page.audit[0]
    assert entry.kind is PolicyChangeKind.activated
    assert "jane@example.com" not in entry.by
    assert "4915112345678" not in entry.why
    standing = next(one for one in page.rollout if one.journey == "billing_dispute")
    assert standing.verdicts == 50
    assert standing.lower_bound == pytest.approx(0.929, abs=0.001)


def test_one_step_back_returns_to_the_policy_before(shelf: Shelf) -> None:
    """Given two switches, when one is rolled back, then the policy before is in force again."""
    switch(shelf, policy=candidate("first"))
    switch(shelf, policy=candidate("second", change_strategy_at=0.6))
    answer = switch(shelf, rollback=True, expected="second")
    assert (answer.version, answer.previous) == ("first", "second")
    assert shelf.changes[-1].kind is PolicyChangeKind.rolled_back


def test_what_is_in_force_already_is_not_written_again(shelf: Shelf) -> None:
    """Given a policy in force, when the same is sent again, then nothing changes."""
    switch(shelf, policy=candidate())
    assert switch(shelf, policy=candidate()).changed is False
    assert len(shelf.changes) == 1


@pytest.mark.parametrize(
    ("proof", "body", "error"),
    [
        (UNSOUND, {"policy": candidate()}, RequestInvalid),
        (SOUND, {"policy": {**candidate(), "colour": "blue"}}, RequestInvalid),
        (SOUND, {"policy": candidate(), "rollback": True}, RequestInvalid),
        (SOUND, {"policy": candidate(), "expected": "another"}, PolicyConflict),
        (SOUND, {"policy": candidate(load_policy().version)}, PolicyConflict),
        (SOUND, {"version": "nowhere"}, NotFound),
        (SOUND, {"rollback": True}, NotFound),
    ],
    ids=["unsound", "unknown field", "two ways", "another in force", "name taken", "no such version", "nothing before"],
)
def test_what_cannot_be_put_in_force_leaves_the_one_that_is(
    shelf: Shelf, proof: Brief, body: dict[str, Any], error: type[Exception]
) -> None:
    """Given a switch that cannot be made, then it is refused, and nothing is written."""
    with pytest.raises(error):
        switch(shelf, proof, **body)
    assert shelf.active is None
    assert shelf.changes == []


def test_a_lost_race_is_a_conflict(shelf: Shelf) -> None:
    """Given somebody who switches at the same time, then the later one is told so."""
    shelf.lost_race = True
    with pytest.raises(PolicyConflict, match="at the same time"):
        switch(shelf, policy=candidate())


def test_a_table_that_is_down_is_said_to_be(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a store that cannot be read, then the caller is asked to send it again."""
    shelf.down = True
    with pytest.raises(Unavailable):
        switch(shelf, policy=candidate())
    shelf.down = False

    def fail(*_: object) -> list[PolicyChange]:
        raise EndpointConnectionError(endpoint_url="http://table")

    monkeypatch.setattr(shelf, "list_changes", fail)
    with pytest.raises(Unavailable):
        PolicyService(shelf).read_page(PolicyQuery(), NOW)
