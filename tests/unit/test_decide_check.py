"""The check of a policy: each kind of planted fault is found, with a conversation that shows it."""

import pytest

from relief.decide.proof.check import check_policy
from relief.decide.proof.finding import Fault
from tests.unit.policy_faults import FAULTS, SMALL, planted

_WITHOUT_CONVERSATION = {Fault.unreachable_rule.value}  # what can never happen has none


def test_a_sound_policy_has_no_findings() -> None:
    """Given a policy without a fault, then the check finds none and says how much it visited."""
    report = check_policy(planted(), SMALL, 1)
    assert report.sound
    assert f"{report.states} states of conversations" in report.tell()
    assert report.states > 100


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    """Given a policy with one planted fault, then it is found, named with its rule, and shown by a conversation."""
    report = check_policy(FAULTS[fault], SMALL, 1)
    found = {finding.fault.value: finding for finding in report.findings}
    assert fault in found
    finding = found[fault]
    assert finding.rules
    assert finding.cure in report.tell()
    assert bool(finding.conversation) is (fault not in _WITHOUT_CONVERSATION)
