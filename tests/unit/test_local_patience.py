"""Who was quick is waited for on the same thread; who was slow, or is told to hang, is not."""

import threading
import time
from pathlib import Path

import pytest

from tests.local.faults import Fault, Faults
from tests.local.functions import Functions
from tests.local.parts import Function
from tests.local.patience import Habits, nobody_waits_after, seconds_left, waited_for_until
from tests.local.workers import WorkerPool

WHERE = """
import threading, time
def lambda_handler(event, context):
    time.sleep(event["seconds"])
    return threading.get_ident()
"""


def functions_of(tmp_path: Path, faults: Faults) -> Functions:
    (tmp_path / "app.py").write_text(WHERE)
    function = Function("OneFunction", "one", "app.lambda_handler", tmp_path, 0.4, 128, {})
    return Functions([function], faults, WorkerPool("test"), {})


def thread_of(functions: Functions, seconds: float = 0.0) -> int | None:
    payload = functions.invoke("one", b'{"seconds": %a}' % seconds).payload
    return int(payload) if payload.isdigit() else None


def test_a_function_known_to_be_quick_runs_on_its_callers_thread(tmp_path: Path) -> None:
    functions = functions_of(tmp_path, Faults())

    threads = [thread_of(functions) for _ in range(7)]

    assert threads[0] != threading.get_ident(), "nobody is trusted unseen"
    assert threads[-1] == threading.get_ident()


def test_a_function_that_was_slow_for_once_is_watched_again(tmp_path: Path) -> None:
    functions = functions_of(tmp_path, Faults())
    for _ in range(7):
        thread_of(functions)

    assert thread_of(functions, 0.3) == threading.get_ident()
    assert thread_of(functions) != threading.get_ident()


def test_a_quick_function_that_is_late_for_once_is_late(tmp_path: Path) -> None:
    functions = functions_of(tmp_path, Faults())
    for _ in range(7):
        thread_of(functions)

    invocation = functions.invoke("one", b'{"seconds": 0.5}')

    assert b"Sandbox.Timedout" in invocation.payload


def test_while_something_hangs_everybody_is_watched() -> None:
    faults = Faults()
    faults.name_functions({"one": "OneFunction", "other": "OtherFunction"})
    habits, work = Habits(faults.may_hang), object()
    for _ in range(7):
        habits.note(work, time.monotonic(), 1.0)
    assert habits.are_quick(work)

    faults.set("other", Fault.hang)
    assert not habits.are_quick(work)

    faults.clear()
    assert habits.are_quick(work)


@pytest.mark.parametrize(("outer", "inner", "expected"), [(5.0, 1.0, 1.0), (1.0, 5.0, 1.0)])
def test_the_most_impatient_of_those_who_wait_counts(outer: float, inner: float, expected: float) -> None:
    left: list[float] = []
    began = time.monotonic()

    waited_for_until(began + outer, lambda: waited_for_until(began + inner, lambda: left.append(seconds_left())))

    assert expected - 0.5 < left[0] <= expected
    assert not nobody_waits_after(began + 1000), "afterwards nobody waits with a limit"
