"""Turns of one session that arrive at the same time: none is lost, none is doubled."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from relief.contracts.vocabulary import Action, Owner
from relief.store.keys import session_hash
from tests.e2e.conftest import Caller

TURNS = 20


def test_twenty_turns_at_once_are_all_remembered(caller: Caller, session_id: str) -> None:
    """Given twenty concurrent turns, then their numbers are 1 to 20 and every decision is stored."""
    with ThreadPoolExecutor(TURNS) as pool:
        answers = list(
            pool.map(
                lambda number: caller.turn(session_id, f"item {number} is missing", turn_id=f"t{number}"), range(TURNS)
            )
        )
    assert sorted(answer.turn for answer in answers) == list(range(1, TURNS + 1))
    stored = [item for item in caller.stack.items() if item["pk"] == f"SESSION#{session_hash(session_id)}"]
    assert sum(item["sk"].startswith("DECISION#") for item in stored) == TURNS
    assert [int(item["turn"]) for item in stored if item["sk"] == "CONTEXT"] == [TURNS]


def test_the_same_turn_at_once_is_decided_once(caller: Caller, session_id: str) -> None:
    """Given one turn sent ten times at once, then there is one decision, and everybody gets it."""
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: caller.turn(session_id, "my bill is wrong"), range(10)))
    assert all(answer == answers[0] for answer in answers)
    stored = [item for item in caller.stack.items() if item["pk"] == f"SESSION#{session_hash(session_id)}"]
    assert sum(item["sk"].startswith("DECISION#") for item in stored) == 1


def test_a_burst_of_requests_makes_one_hand_over(caller: Caller, session_id: str) -> None:
    """Given eight concurrent requests for a person, then all are honoured by the same, single hand-over.

    It is announced and confirmed once each; from then on nothing has changed, and nothing is said twice.
    """
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: caller.turn(session_id, "agent!", turn_id=f"t{number}"), range(8)))
    actions = Counter(answer.action for answer in answers)
    said = [answer.next.say for answer in answers if answer.action is not Action.hold]
    assert actions == {Action.escalate: 2, Action.hold: 6}
    assert len(set(said)) == 2
    assert all(answer.owner is Owner.queued for answer in answers)
    assert len({answer.handoff.handoff_id for answer in answers if answer.handoff}) == 1
    assert len(caller.handed_over(session_id)) == 1
