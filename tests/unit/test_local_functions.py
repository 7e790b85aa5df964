"""Functions run under Lambda's rules, and fail in Lambda's words."""

import json
import threading
import time
from pathlib import Path

import pytest

from tests.local import Fault, LocalStack, LocalStackError
from tests.local.faults import Faults
from tests.local.functions import Functions, UnknownFunctionError, shared_environment
from tests.local.parts import Function
from tests.local.workers import WorkerPool


def function(tmp_path: Path, code: str, *, timeout: float = 1.0, name: str = "one", **environment: str) -> Function:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "app.py").write_text(code)
    return Function(f"{name.title()}Function", name, "app.lambda_handler", folder, timeout, 128, environment)


def functions_of(*functions: Function) -> Functions:
    return Functions(functions, Faults(), WorkerPool("test"), {})


def test_event_and_answer_go_through_json(sample: LocalStack) -> None:
    invocation = sample.functions.invoke("detect", b'{"text": "hello"}')

    answer = json.loads(invocation.payload)
    assert invocation.error is None
    assert answer["score"] == 0.05
    assert 2000 < answer["left_ms"] <= 3000


@pytest.mark.parametrize("name", ["detect", "DetectFunction", "relief-local-DetectFunction"])
def test_a_function_has_several_names(sample: LocalStack, name: str) -> None:
    assert sample.functions.invoke(name, b"{}").error is None


def test_an_unknown_function_is_refused(sample: LocalStack) -> None:
    with pytest.raises(UnknownFunctionError):
        sample.functions.invoke("nobody", b"{}")


def test_an_exception_is_described_as_lambda_does(sample: LocalStack) -> None:
    invocation = sample.functions.invoke("detect", b'{"text": "crash"}')

    description = json.loads(invocation.payload)
    assert invocation.error == "Unhandled"
    assert description["errorType"] == "ValueError"
    assert description["errorMessage"] == "cannot score this text"
    assert "raise ValueError" in description["stackTrace"][-1]


def test_a_slow_function_is_cut_off_at_its_timeout(sample: LocalStack) -> None:
    started = time.monotonic()
    invocation = sample.functions.invoke("decide", b'{"text": "slow"}')

    assert time.monotonic() - started < 1.4
    assert json.loads(invocation.payload)["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in json.loads(invocation.payload)["errorMessage"]


@pytest.mark.parametrize(
    ("code", "error_type"),
    [
        ("import nothing_of_this_name", "Runtime.ImportModuleError"),
        ("x = 1", "Runtime.HandlerNotFound"),
        ("def lambda_handler(event, context): return {1, 2}", "Runtime.MarshalError"),
        ("def lambda_handler(event, context): raise SystemExit(1)", "Runtime.ExitError"),
        ("def lambda_handler(event, context): return 'x' * 7_000_000", "Function.ResponseSizeTooLarge"),
    ],
    ids=lambda value: value if "." in value else "",
)
def test_what_lambda_s_runtime_refuses_is_refused(tmp_path: Path, code: str, error_type: str) -> None:
    functions = functions_of(function(tmp_path, code))

    assert json.loads(functions.invoke("one", b"{}").payload)["errorType"] == error_type


def test_a_missing_module_is_reported_at_the_start_and_at_each_invocation(tmp_path: Path) -> None:
    missing = function(tmp_path, "")
    (missing.folder / "app.py").unlink()
    functions = functions_of(missing)

    assert "OneFunction" in functions.load_all()
    assert functions.invoke("one", b"{}").error == "Unhandled"


def test_concurrent_invocations_have_modules_of_their_own(tmp_path: Path) -> None:
    code = """
import time
calls = []
def lambda_handler(event, context):
    calls.append(1)
    time.sleep(0.2)
    return len(calls)
"""
    functions = functions_of(function(tmp_path, code))
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(functions.invoke("one", b"{}").payload)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [b"1", b"1", b"1"], "like three environments of Lambda"


def test_functions_with_siblings_of_the_same_name_do_not_mix(tmp_path: Path) -> None:
    pair = [
        function(tmp_path, "import texts\ndef lambda_handler(e, c): return texts.NAME", name=name)
        for name in ("a", "b")
    ]
    for one in pair:
        (one.folder / "texts.py").write_text(f"NAME = {one.name!r}")
    functions = functions_of(*pair)

    assert [functions.invoke(one.name, b"{}").payload for one in pair] == [b'"a"', b'"b"']


def test_variables_that_a_module_reads_are_the_function_s_own(tmp_path: Path) -> None:
    code = "import os\nNAME = os.environ['POWERTOOLS_SERVICE_NAME']\ndef lambda_handler(e, c): return NAME"
    pair = [function(tmp_path, code, name=name, POWERTOOLS_SERVICE_NAME=name) for name in ("a", "b")]

    functions = functions_of(*pair)

    assert [functions.invoke(one.name, b"{}").payload for one in pair] == [b'"a"', b'"b"']
    assert shared_environment(pair, {}) == {}


def test_conflicting_variables_are_named(tmp_path: Path) -> None:
    pair = [function(tmp_path, "", name=name, TABLE=name) for name in ("a", "b")]

    with pytest.raises(LocalStackError, match="AFunction and BFunction have different values for TABLE"):
        shared_environment(pair, {})


def test_a_hanging_function_is_released_when_the_fault_is_cleared(sample: LocalStack) -> None:
    sample.faults.set("api", Fault.hang)
    timer = threading.Timer(0.2, sample.faults.clear)
    timer.start()
    started = time.monotonic()

    invocation = sample.functions.invoke("api", b"{}")

    assert time.monotonic() - started < 2
    assert json.loads(invocation.payload)["errorType"] == "Sandbox.Timedout"


def test_rubbish_takes_turns(sample: LocalStack) -> None:
    sample.faults.set("detect", Fault.rubbish)

    answers = [json.loads(sample.functions.invoke("detect", b'{"text": "x"}').payload) for _ in range(5)]

    assert [type(answer) for answer in answers] == [str, type(None), list, dict, dict]
    assert answers[4].keys() == {"score", "left_ms"}
    assert all(isinstance(value, str) for value in answers[4].values())


def test_a_fault_for_a_number_of_times_ends_by_itself(sample: LocalStack) -> None:
    sample.faults.set("detect", Fault.fail, times=2)

    errors = [sample.functions.invoke("detect", b"{}").error for _ in range(3)]

    assert errors == ["Unhandled", "Unhandled", None]


def test_a_fault_of_an_unknown_function_is_refused(sample: LocalStack) -> None:
    with pytest.raises(LocalStackError, match="no function 'nobody'"):
        sample.faults.set("nobody", Fault.fail)
