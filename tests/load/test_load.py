"""A few seconds of what ``make load`` puts on the stack for minutes."""

import pytest

from relief.settings import load_settings
from tests.delivery.campaign import forget_environment
from tests.load.__main__ import plan, run
from tests.load.ledger import Ledger
from tests.load.traffic import Finished
from tests.local.stack import LocalStack


@pytest.fixture(autouse=True)
def _as_a_new_process() -> None:
    forget_environment()


def test_a_spike_is_shed_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given more than the throttles let in, then some is refused with 429, nothing fails, and all of the rest is kept."""
    monkeypatch.setattr("tests.load.__main__._SPIKE_SHARE", 0.006)
    found = run("spike", 3, 6)
    assert found["server_errors"] == 0
    assert (found["lost"], found["named"]) == (0, [])
    assert found["ledger"]["turns"] > 15
    assert found["ledger"]["dead_letters"] == 0
    assert found["phases"]["spike"]["statuses"]["429"] > 0
    assert found["phases"]["after"]["statuses"]["200"] > 0


def test_the_ledger_notices_what_is_missing() -> None:
    """Given a decision, a hand-over and an event that nobody stored, then each is named as lost."""
    with LocalStack.start(environment={"POWERTOOLS_LOG_LEVEL": "CRITICAL"}) as stack:
        ledger = Ledger(stack, load_settings().table_name)
        handoff = f"hnd_{'0' * 32}_{'1' * 24}"
        ledger._check(
            Finished(
                "s-1", decisions=[f"dec_{'0' * 32}_{'1' * 24}"], handoffs=[handoff], events=[(handoff, "accepted")]
            )
        )
    assert ledger.counts["lost"] == 4
    assert len(ledger.lost) == 4


def test_only_the_spike_is_throttled() -> None:
    """Given the profiles, then the spike has three phases and throttles, the others one phase and none."""
    phases, share = plan("spike", 8, 90)
    assert [(phase.name, phase.clients, phase.seconds) for phase in phases] == [
        ("before", 2, 30),
        ("spike", 32, 30),
        ("after", 2, 30),
    ]
    assert share is not None
    assert plan("steady", 8, 600)[1] is None
    assert plan("soak", 8, 600)[0][0].pause > 0
