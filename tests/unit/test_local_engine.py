"""Workflows run as on AWS, also where moto's interpreter alone would not."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.utils import TMP_THREADS

from tests.local import Fault, LocalStack, cloud, interpreter
from tests.local.interpreter import Ending
from tests.local.task_clients import TaskClients
from tests.local.workers import WorkerPool
from tests.unit.local_requests import turn


def execute(definition: dict[str, Any], execution_input: Any = None) -> Ending:
    """Run a definition inside a running stack."""
    return interpreter.evaluate(
        interpreter.Run(
            definition=json.dumps(definition),
            machine_arn=cloud.state_machine_arn("test"),
            machine_name="test",
            execution_arn="arn:aws:states:us-east-1:123456789012:express:test:1:1",
            execution_name="1",
            execution_input={} if execution_input is None else execution_input,
            started=datetime.now(UTC),
        )
    )


def task(stack: LocalStack, function: str, **more: Any) -> dict[str, Any]:
    """Return a state that invokes a function and ends."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": stack.functions.get(function).arn, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "End": True,
        **more,
    }


def one_state(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a program of one state."""
    return {"StartAt": "Only", "States": {"Only": state}, **more}


def start_sync(stack: LocalStack, **parameters: Any) -> Any:
    client = stack.client("stepfunctions")
    arn = stack.template.state_machines["TurnWorkflow"].arn
    return client.start_sync_execution(**{"stateMachineArn": arn, "input": "{}"} | parameters)


class TestStartSyncExecution:
    def test_a_success_has_the_output_as_text(self, sample: LocalStack) -> None:
        answer = start_sync(sample, input='{"session_id": "a", "turn_id": "1", "text": "hello"}', name="mine")

        assert answer["status"] == "SUCCEEDED"
        assert json.loads(answer["output"]) == {"action": "answer"}
        assert answer["executionArn"].startswith(
            "arn:aws:states:us-east-1:123456789012:express:relief-local-TurnWorkflow:mine:"
        )
        assert answer["name"] == "mine"
        assert answer["startDate"] <= answer["stopDate"]
        assert answer["billingDetails"]["billedDurationInMilliseconds"] % 100 == 0
        assert "error" not in answer

    def test_a_failure_is_an_answer_too(self, sample: LocalStack) -> None:
        answer = start_sync(sample, input='{"no": "session"}')

        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert answer["status"] == "FAILED"
        assert answer["error"] == "States.Runtime"
        assert "output" not in answer

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"stateMachineArn": cloud.state_machine_arn("nothing")}, "StateMachineDoesNotExist"),
            ({"input": "no JSON"}, "InvalidExecutionInput"),
            ({"input": json.dumps("x" * 300_000)}, "ValidationException"),
        ],
    )
    def test_what_cannot_begin_is_an_error(self, sample: LocalStack, parameters: dict[str, str], code: str) -> None:
        with pytest.raises(ClientError) as error:
            start_sync(sample, **parameters)

        assert error.value.response["Error"]["Code"] == code

    def test_an_injected_error_is_raised_by_the_client(self, sample: LocalStack) -> None:
        sample.faults.set_operation("states", "StartSyncExecution", error_code="ThrottlingException", times=1)

        reply = turn(sample, "hello")

        assert reply.status == 200, "the SDK tries throttled calls again"
        sample.faults.set_operation("states", "StartSyncExecution", error_code="AccessDeniedException")
        assert turn(sample, "hello").status == 500

    @pytest.mark.usefixtures("sample")
    def test_texts_with_quotes_and_braces_stay_what_they_are(self) -> None:
        nasty = "it's \"quoted\" {} \\ $.x States.Format('{}') \u2028 é 😀"
        program = one_state(
            {"Type": "Pass", "Parameters": {"a.$": "States.Format('SESSION#{}', $.text)", "b.$": "$.text"}, "End": True}
        )

        ending = execute(program, {"text": nasty})

        assert ending.output == {"a": f"SESSION#{nasty}", "b": nasty}


class TestErrors:
    def test_an_exception_s_class_is_the_error(self, sample: LocalStack) -> None:
        ending = execute(one_state(task(sample, "detect")), {"text": "crash"})

        assert (ending.status, ending.error) == ("FAILED", "ValueError")
        assert json.loads(ending.cause or "")["errorMessage"] == "cannot score this text"

    def test_a_function_s_timeout_has_lambda_s_name(self, sample: LocalStack) -> None:
        assert (
            execute(one_state(task(sample, "decide", TimeoutSeconds=3)), {"text": "slow"}).error == "Sandbox.Timedout"
        )

    @pytest.mark.parametrize("form", ["integration", "bare ARN"])
    def test_throttling_has_lambda_s_name(self, sample: LocalStack, form: str) -> None:
        sample.faults.set("detect", Fault.throttle)
        state = task(sample, "detect")
        if form == "bare ARN":
            state |= {"Resource": sample.functions.get("detect").arn, "OutputPath": "$"}
            del state["Parameters"]

        assert execute(one_state(state)).error == "Lambda.TooManyRequestsException"

    def test_a_state_s_timeout_is_kept(self, sample: LocalStack) -> None:
        sample.faults.set("detect", Fault.hang)
        started = time.monotonic()

        ending = execute(one_state(task(sample, "detect", TimeoutSeconds=1)))

        assert ending.error == "States.Timeout"
        assert time.monotonic() - started < 1.5

    def test_the_machine_s_timeout_is_kept(self, sample: LocalStack) -> None:
        sample.faults.set("detect", Fault.hang)
        started = time.monotonic()

        ending = execute(one_state(task(sample, "detect"), TimeoutSeconds=1))

        assert (ending.status, ending.error) == ("TIMED_OUT", "States.Timeout")
        assert time.monotonic() - started < 1.5

    def test_a_throttled_task_is_tried_again(self, sample: LocalStack) -> None:
        sample.faults.set("detect", Fault.throttle, times=1)

        assert turn(sample, "hello").json["output"] == {"action": "answer"}

    def test_exhausted_retries_fall_to_the_catch(self, sample: LocalStack) -> None:
        sample.faults.set("detect", Fault.throttle)

        assert turn(sample, "hello").json["output"]["degraded"] == "Lambda.TooManyRequestsException"

    @pytest.mark.parametrize(
        ("operation", "degraded"),
        [
            ("TransactWriteItems", "DynamoDb.ProvisionedThroughputExceededException"),
            ("Query", None),
        ],
    )
    def test_an_injected_error_of_a_service_has_the_integration_s_name(
        self, sample: LocalStack, operation: str, degraded: str | None
    ) -> None:
        sample.faults.set_operation("dynamodb", operation, error_code="ProvisionedThroughputExceededException", times=1)

        answer = turn(sample, "hello").json

        if degraded:
            assert answer["output"]["degraded"] == degraded
        else:
            assert answer["status"] == "FAILED", "the sample catches nothing there"

    @pytest.mark.parametrize(
        ("resource", "parameters", "error"),
        [
            (
                "arn:aws:states:::dynamodb:putItem",
                {"Item": {"pk": {"S": "x"}, "sk": {"S": "y"}}, "ConditionExpression": "attribute_exists(pk)"},
                "DynamoDB.ConditionalCheckFailedException",
            ),
            (
                "arn:aws:states:::aws-sdk:dynamodb:putItem",
                {"Item": {"pk": {"S": "x"}, "sk": {"S": "y"}}, "ConditionExpression": "attribute_exists(pk)"},
                "DynamoDb.ConditionalCheckFailedException",
            ),
            (
                "arn:aws:states:::aws-sdk:dynamodb:transactWriteItems",
                {
                    "TransactItems": [
                        {
                            "ConditionCheck": {
                                "TableName": "relief-local-Table",
                                "Key": {"pk": {"S": "x"}, "sk": {"S": "y"}},
                                "ConditionExpression": "attribute_exists(pk)",
                            }
                        }
                    ]
                },
                "DynamoDb.TransactionCanceledException",
            ),
        ],
    )
    @pytest.mark.usefixtures("sample")
    def test_errors_of_dynamodb_have_aws_s_names(self, resource: str, parameters: dict[str, Any], error: str) -> None:
        if "TransactItems" not in parameters:
            parameters = {"TableName": "relief-local-Table", **parameters}

        assert (
            execute(one_state({"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True})).error
            == error
        )


def catching(state: dict[str, Any], *errors: str) -> dict[str, Any]:
    state = {name: value for name, value in state.items() if name != "End"}
    caught = {"Type": "Pass", "Result": "caught", "End": True}
    return {
        "StartAt": "Tried",
        "States": {
            "Tried": {**state, "Next": "Caught", "Catch": [{"ErrorEquals": list(errors), "Next": "Caught"}]},
            "Caught": caught,
        },
    }


RUNTIME_ERROR = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "MessageBody.$": "$.missing"},
}
MISSING_KEY = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:getItem",
    "Parameters": {"TableName": "t", "Key": {"pk": {"S.$": "$.missing"}}},
    "End": True,
}
REFUSED_EVENTS = {
    "Type": "Task",
    "Resource": "arn:aws:states:::events:putEvents",
    "Parameters": {"Entries": [{"Source": "s", "DetailType": "t", "Detail": {}}] * 11},
}


def in_the_stack(program: dict[str, Any]) -> tuple[str, Any]:
    ending = execute(program)
    return (ending.status, ending.output if ending.status == "SUCCEEDED" else ending.error)


class TestDepartures:
    """Where moto's interpreter departs from AWS, the stack does not."""

    @pytest.mark.usefixtures("sample")
    def test_states_all_leaves_out_runtime_errors(self) -> None:
        assert in_the_stack(catching(RUNTIME_ERROR, "States.ALL")) == ("FAILED", "States.Runtime")

    def test_a_branch_s_predefined_error_can_be_caught(self, sample: LocalStack) -> None:
        sample.faults.set("detect", Fault.hang)
        branch = one_state(task(sample, "detect", TimeoutSeconds=1))

        ending = in_the_stack(catching({"Type": "Parallel", "Branches": [branch]}, "States.Timeout"))

        assert ending == ("SUCCEEDED", "caught")

    @pytest.mark.usefixtures("sample")
    def test_a_missing_path_is_no_error_of_dynamodb(self) -> None:
        assert in_the_stack(one_state(MISSING_KEY)) == ("FAILED", "States.Runtime")

    @pytest.mark.usefixtures("sample")
    def test_a_refused_put_events_is_no_runtime_error(self) -> None:
        ending = in_the_stack(one_state({**REFUSED_EVENTS, "End": True}))

        assert ending == ("FAILED", "EventBridge.ValidationException")


class TestConcurrency:
    def test_executions_do_not_mix(self, sample: LocalStack) -> None:
        """Programs are parsed once and shared, so nothing of an execution may stay in them."""
        program = {
            "StartAt": "Each",
            "States": {
                "Each": {
                    "Type": "Map",
                    "ItemsPath": "$.items",
                    "MaxConcurrency": 3,
                    "ItemProcessor": one_state(
                        {
                            "Type": "Parallel",
                            "Branches": [one_state(task(sample, "detect")), one_state({"Type": "Pass", "End": True})],
                            "End": True,
                        }
                    ),
                    "End": True,
                }
            },
        }

        def scores(length: int) -> list[float]:
            ending = execute(program, {"items": [{"text": "x" * length}] * 3})
            return [pair[0]["score"] for pair in ending.output]

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(scores, range(40)))

        assert answers == [[length / 100] * 3 for length in range(40)]

    def test_retries_are_counted_for_each_execution(self, sample: LocalStack) -> None:
        sample.faults.set("detect", Fault.throttle, times=3)
        retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1, "JitterStrategy": "FULL"}
        program = one_state(task(sample, "detect", Retry=[retry]))

        with ThreadPoolExecutor(3) as pool:
            endings = list(pool.map(lambda _: execute(program), range(3)))

        assert [ending.status for ending in endings] == ["SUCCEEDED"] * 3

    def test_nothing_is_left_of_finished_executions(self, sample: LocalStack) -> None:
        before = threading.active_count()
        for _ in range(30):
            turn(sample, "hello")

        assert len(TMP_THREADS) < 5
        assert threading.active_count() < before + 15, "as many as one turn needs"


def test_an_event_starts_an_express_workflow(sample: LocalStack) -> None:
    sample.client("events").put_events(
        Entries=[
            {
                "EventBusName": "relief-local-bus",
                "Source": "test",
                "DetailType": "Noticed",
                "Detail": json.dumps({"id": "express"}),
            }
        ]
    )

    sample.drain()

    assert {"pk": "NOTICED", "sk": "express"} in sample.items()


class TestStandardWorkflows:
    def start(self, stack: LocalStack, name: str | None = None, **event: Any) -> Any:
        arn = stack.template.state_machines["PassWorkflow"].arn
        more = {"name": name} if name else {}
        client = stack.client("stepfunctions")
        return client.start_execution(stateMachineArn=arn, input=json.dumps(event), **more)

    def ending(self, stack: LocalStack, name: str) -> str:
        """Return how the execution of this name ended."""
        stack.drain()
        (status,) = [status for _, one, status, _ in stack._engine.endings if one == name]
        return status

    def test_an_execution_runs_by_itself_and_has_the_arn_of_its_name(self, sample: LocalStack) -> None:
        answer = self.start(sample, "first", detail={"id": "standard"})

        assert answer["executionArn"].endswith(":execution:relief-local-PassWorkflow:first")
        assert self.ending(sample, "first") == "SUCCEEDED"
        assert {"pk": "NOTICED", "sk": "standard"} in sample.items()

    def test_a_name_serves_once_even_after_its_execution_has_ended(self, sample: LocalStack) -> None:
        self.start(sample, "taken", detail={"id": "once"})
        sample.drain()

        with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
            self.start(sample, "taken", detail={"id": "twice"})

        assert {"pk": "NOTICED", "sk": "twice"} not in sample.items()

    def test_of_many_starts_under_one_name_one_begins(self, sample: LocalStack) -> None:
        def begin(_: int) -> bool:
            try:
                self.start(sample, "raced", detail={"id": "raced"})
            except ClientError:
                return False
            return True

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(begin, range(12))) == 1

    def test_without_a_name_each_start_is_an_execution_of_its_own(self, sample: LocalStack) -> None:
        arns = {self.start(sample, detail={"id": str(number)})["executionArn"] for number in range(3)}

        sample.drain()

        assert len(arns) == 3
        assert {"0", "1", "2"} <= {item["sk"] for item in sample.items() if item["pk"] == "NOTICED"}

    def test_a_failure_is_an_ending_too_and_nobody_is_told(self, sample: LocalStack) -> None:
        self.start(sample, "broken", detail={})

        assert self.ending(sample, "broken") == "FAILED"

    def test_nobody_may_wait_for_one(self, sample: LocalStack) -> None:
        arn = sample.template.state_machines["PassWorkflow"].arn

        with pytest.raises(ClientError, match="StateMachineTypeNotSupported"):
            start_sync(sample, stateMachineArn=arn)

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [({"input": "{"}, "InvalidExecutionInput"), ({"input": '"' + "x" * 262_143 + '"'}, "ValidationException")],
    )
    def test_what_cannot_begin_is_an_error(self, sample: LocalStack, parameters: dict[str, str], code: str) -> None:
        arn = sample.template.state_machines["PassWorkflow"].arn

        with pytest.raises(ClientError, match=code):
            sample.client("stepfunctions").start_execution(stateMachineArn=arn, **parameters)


def test_workflows_call_no_service_the_stack_lacks(sample: LocalStack) -> None:
    with pytest.raises(Exception, match="cannot call s3"):
        TaskClients(sample._services, sample.functions).client_for("s3")


def test_workers_end_when_the_pool_is_closed() -> None:
    pool = WorkerPool("short-lived")
    done = threading.Event()
    pool.submit(done.set)
    assert done.wait(1)

    assert pool.close(timeout=1) == 0


class TestData:
    """States hand their data on without copying it, and yet nobody changes what somebody else has."""

    def test_branches_and_results_keep_to_themselves(self, sample: LocalStack) -> None:
        literal = {"Type": "Pass", "Result": {"list": [1], "inner": {"a": 1}}, "ResultPath": "$.inner.literal"}
        change = {"Type": "Pass", "Result": "changed", "ResultPath": "$.inner.literal.inner.a", "End": True}
        program = {
            "StartAt": "Both",
            "States": {
                "Both": {
                    "Type": "Parallel",
                    "Branches": [
                        {"StartAt": "Put", "States": {"Put": {**literal, "Next": "Change"}, "Change": change}},
                        {"StartAt": "Put", "States": {"Put": {**literal, "End": True}}},
                    ],
                    "ResultPath": "$.both",
                    "Next": "Detect",
                },
                "Detect": task(sample, "detect", ResultPath="$.both[0].score", OutputPath="$"),
            },
        }
        before = {"inner": {"kept": True}, "text": "x"}
        given = json.loads(json.dumps(before))

        endings = [execute(program, given) for _ in range(2)]

        assert given == before
        assert endings[0].output["inner"] == {"kept": True}
        for ending in endings:
            first, second = ending.output["both"]
            assert first["inner"]["literal"]["inner"] == {"a": "changed"}
            assert second["inner"]["literal"] == {"list": [1], "inner": {"a": 1}}
            assert first["score"]["Payload"]["score"] == 0.01
            assert "score" not in second

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("$", "r"),
            ("$.new", {"a": {"b": 1}, "list": [{"c": 1}, {"c": 2}], "new": "r"}),
            ("$.a.b", {"a": {"b": "r"}, "list": [{"c": 1}, {"c": 2}]}),
            ("$.x.y.z", {"a": {"b": 1}, "list": [{"c": 1}, {"c": 2}], "x": {"y": {"z": "r"}}}),
            ("$.list[1]", {"a": {"b": 1}, "list": [{"c": 1}, "r"]}),
            (None, {"a": {"b": 1}, "list": [{"c": 1}, {"c": 2}]}),
        ],
    )
    @pytest.mark.usefixtures("sample")
    def test_a_result_goes_where_its_path_leads(self, path: str | None, expected: Any) -> None:
        given = {"a": {"b": 1}, "list": [{"c": 1}, {"c": 2}]}

        assert (
            execute(one_state({"Type": "Pass", "Result": "r", "ResultPath": path, "End": True}), given).output
            == expected
        )

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("$.a.b", 1),
            ("$.list[*].c", [1, 2]),
            ("$.list[0].c", 1),
            ("$['a']['b']", 1),
            ("$.list[0:1].c", [1]),
            ("$.nothing[*]", []),
        ],
    )
    @pytest.mark.usefixtures("sample")
    def test_a_path_finds_what_aws_finds(self, path: str, expected: Any) -> None:
        given = {"a": {"b": 1}, "list": [{"c": 1}, {"c": 2}]}
        state = {"Type": "Pass", "Parameters": {"found.$": path}, "End": True}

        assert execute(one_state(state), given).output == {"found": expected}

    @pytest.mark.parametrize("kind", ["a task's output", "a state's output"])
    def test_no_more_than_256_kilobytes_are_handed_on(self, sample: LocalStack, kind: str) -> None:
        half = "x" * 140_000
        doubled = {"Type": "Pass", "Parameters": {"a.$": "$.text", "b.$": "$.text"}, "End": True}
        payload = {"routeKey": "x", "a.$": "$.text", "b.$": "$.text"}
        echoed = task(sample, "api", Parameters={"FunctionName": sample.functions.get("api").arn, "Payload": payload})
        program = one_state(echoed if kind == "a task's output" else doubled)

        assert execute(program, {"text": half}).error == "States.DataLimitExceeded"
