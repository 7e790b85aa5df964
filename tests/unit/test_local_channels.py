"""Calls between the processes of the local stack."""

import threading
import time
from collections.abc import Iterator
from multiprocessing import AuthenticationError

import pytest

from tests.local.channels import Answerer, Caller, LateError

KEY = b"a key of both"


@pytest.fixture
def echo() -> Iterator[Answerer]:
    def answer(message: float) -> float:
        time.sleep(message)
        return message

    answerer = Answerer(KEY, answer)
    answerer.start()
    yield answerer
    answerer.stop()


def test_a_late_answer_is_never_taken_for_the_next_one(echo: Answerer) -> None:
    caller = Caller(echo.address, KEY)

    with pytest.raises(LateError):
        caller.call(0.2, patience=0.05)
    assert caller.call(0.0, patience=1) == 0.0
    time.sleep(0.2)
    assert caller.call(0.01, patience=1) == 0.01
    caller.close()


def test_calls_at_the_same_time_wait_for_each_other_no_longer_than_they_take(echo: Answerer) -> None:
    caller = Caller(echo.address, KEY)
    answers: list[float] = []
    threads = [threading.Thread(target=lambda: answers.append(caller.call(0.2))) for _ in range(8)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [0.2] * 8
    assert time.monotonic() - started < 1.0
    caller.close()


def test_who_lacks_the_key_is_not_answered(echo: Answerer) -> None:
    with pytest.raises(AuthenticationError):
        Caller(echo.address, b"another key").call(0.0)

    caller = Caller(echo.address, KEY)
    assert caller.call(0.0) == 0.0, "and whoever has it still is"
    caller.close()
