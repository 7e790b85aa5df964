"""The policy in force: cached, switched without a restart, and never missing."""

from datetime import UTC, datetime

import pytest

from relief.contracts.policy import ActivePolicy
from relief.decide.agreement import Agreement
from relief.decide.in_force import RETRY_SECONDS, PolicySource
from relief.decide.policy import SHIPPED_POLICY, Policy, load_policy, parse_policy
from relief.store.ports import PolicyReading, PolicyUnavailable
from tests.pipeline import Session

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def changed(change: str, to: str, version: str = "candidate-1") -> Policy:
    """Return the shipped policy with one change, under another name."""
    text = SHIPPED_POLICY.read_text(encoding="utf-8")
    assert text.count(change) == 1
    return parse_policy(text.replace(change, to).replace("2026-11.2", version), "candidate.yaml")


def stored(policy: Policy, document: str | None = None) -> ActivePolicy:
    """Return a policy as it is stored."""
    return ActivePolicy(
        version=policy.version,
        content=policy.content,
        document=document or policy.model_dump_json(),
        stored_at=NOW,
        revision=1,
    )


class FakeReader:
    """Holds what is stored, counts readings, and can be down."""

    def __init__(self) -> None:
        self.active: ActivePolicy | None = None
        self.counts: dict[str, dict[str, tuple[int, int]]] = {}
        self.down = False
        self.asked: list[str] = []

    def read_in_force(self, judgement: str, now: datetime) -> PolicyReading:
        self.asked.append(judgement)
        if self.down:
            raise PolicyUnavailable
        return PolicyReading(self.active, self.counts.get(judgement, {}))


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(reader: FakeReader, clock: Clock) -> PolicySource:
    return PolicySource(reader, 30, clock)


def test_the_shipped_policy_decides_until_another_is_put_in_force(source: PolicySource, reader: FakeReader) -> None:
    """Given an empty table, then the shipped policy decides, after one reading, and nothing is degraded."""
    found = source.current(NOW)
    assert (found.policy, found.degraded) == (load_policy(), False)
    assert len(reader.asked) == 1


def test_one_reading_serves_thirty_seconds(source: PolicySource, reader: FakeReader, clock: Clock) -> None:
    """Given a hundred turns within thirty seconds, then the table is read once; then once more."""
    for _ in range(100):
        source.current(NOW)
    clock.seconds += 29.9
    source.current(NOW)
    assert len(reader.asked) == 1
    clock.seconds += 0.2
    source.current(NOW)
    assert len(reader.asked) == 2


def test_a_switch_is_seen_after_thirty_seconds_and_back_again(
    source: PolicySource, reader: FakeReader, clock: Clock
) -> None:
    """Given another policy in force, then it decides from the next reading on; when it is gone, the shipped one does."""
    source.current(NOW)
    reader.active = stored(changed("idle_turns: 2", "idle_turns: 1"))
    assert source.current(NOW).policy.version == load_policy().version
    clock.seconds += 31
    found = source.current(NOW)
    assert (found.policy.version, found.policy.thresholds.idle_turns) == ("candidate-1", 1)
    assert Session(in_force=found).say("hello").versions.policy == "candidate-1"
    reader.active = None
    clock.seconds += 31
    assert source.current(NOW).policy == load_policy()


def test_the_agreement_read_is_that_of_the_policy_in_force(source: PolicySource, reader: FakeReader) -> None:
    """Given verdicts on two judgements, when the policy is switched, then its own verdicts are read at once."""
    candidate = changed("idle_turns: 2", "idle_turns: 1")
    reader.active = stored(candidate)
    reader.counts = {load_policy().judgement: {"default": (50, 50)}, candidate.judgement: {"default": (4, 3)}}
    assert source.current(NOW).agreements == {"default": Agreement(4, 3)}
    assert reader.asked == [load_policy().judgement, candidate.judgement]


def test_a_table_that_is_down_leaves_the_last_good_policy(
    source: PolicySource, reader: FakeReader, clock: Clock
) -> None:
    """Given a table that stops answering, then the last policy decides on, the answer says so, and few turns wait."""
    reader.active = stored(changed("idle_turns: 2", "idle_turns: 1"))
    source.current(NOW)
    reader.down = True
    clock.seconds += 31
    found = source.current(NOW)
    assert (found.policy.version, found.degraded) == ("candidate-1", True)
    answer = Session(in_force=found).say("hello")
    assert [part.value for part in answer.degraded if part.value == "policy"] == ["policy"]
    attempts = len(reader.asked)
    for _ in range(50):
        source.current(NOW)
    assert len(reader.asked) == attempts
    reader.down = False
    clock.seconds += RETRY_SECONDS + 0.1
    assert source.current(NOW).degraded is False


def test_a_table_that_is_down_from_the_start_leaves_the_shipped_policy(
    source: PolicySource, reader: FakeReader
) -> None:
    """Given a process that never could read the table, then the shipped policy decides, and the answer says so."""
    reader.down = True
    found = source.current(NOW)
    assert (found.policy, found.degraded) == (load_policy(), True)


@pytest.mark.parametrize("document", ["{}", "nonsense", '{"version": "candidate-1"}'])
def test_a_stored_policy_that_cannot_be_read_is_not_used(
    source: PolicySource, reader: FakeReader, document: str
) -> None:
    """Given a stored policy that does not validate, then the last good one decides, and the answer says so."""
    reader.active = stored(changed("idle_turns: 2", "idle_turns: 1"), document)
    found = source.current(NOW)
    assert (found.policy, found.degraded) == (load_policy(), True)
