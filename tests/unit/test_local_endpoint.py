"""Other processes reach the same resources over HTTP."""

import json
import time
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local import Fault, LocalStack, hook
from tests.unit.local_requests import request, turn

TABLE = "relief-local-Table"


@pytest.fixture
def over_http(sample: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what makes clients as another process would: through a socket, past the hook."""
    monkeypatch.setattr(hook._hook, "services", None)
    config = Config(inject_host_prefix=False, retries={"total_max_attempts": 1})

    def client(service: str) -> Any:
        return boto3.client(service, region_name="us-east-1", endpoint_url=sample.endpoint_url, config=config)  # type: ignore[call-overload]

    return client


def test_tables_queues_and_buses_are_the_same(sample: LocalStack, over_http: Any) -> None:
    name = uuid4().hex
    over_http("dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": name}, "sk": {"S": "x"}})

    assert {"pk": name, "sk": "x"} in sample.items()
    assert "relief-local-bus" in {bus["Name"] for bus in over_http("events").list_event_buses()["EventBuses"]}
    urls = over_http("sqs").list_queues()["QueueUrls"]
    assert f"{sample.endpoint_url}/123456789012/relief-local-WorkQueue" in urls


def test_an_invocation_answers_as_lambda_does(over_http: Any) -> None:
    client = over_http("lambda")

    good = client.invoke(FunctionName="relief-local-DetectFunction", Payload=b'{"text": "hello"}')
    bad = client.invoke(FunctionName="relief-local-DetectFunction", Payload=b'{"text": "crash"}')

    assert json.load(good["Payload"])["score"] == 0.05
    assert "FunctionError" not in good
    assert bad["StatusCode"] == 200
    assert bad["FunctionError"] == "Unhandled"
    assert json.load(bad["Payload"])["errorType"] == "ValueError"


@pytest.mark.usefixtures("sample")
def test_an_asynchronous_invocation_answers_at_once(over_http: Any) -> None:
    name = uuid4().hex
    event = {"detail": {"id": name}}

    answer = over_http("lambda").invoke(
        FunctionName="relief-local-DeliverFunction", InvocationType="Event", Payload=json.dumps(event).encode()
    )

    assert answer["StatusCode"] == 202


@pytest.mark.parametrize(
    ("function", "code"),
    [("nothing", "ResourceNotFoundException"), ("relief-local-DetectFunction", "TooManyRequestsException")],
)
def test_a_refused_invocation_has_lambda_s_error(sample: LocalStack, over_http: Any, function: str, code: str) -> None:
    sample.faults.set("detect", Fault.throttle)

    with pytest.raises(ClientError) as error:
        over_http("lambda").invoke(FunctionName=function)

    assert error.value.response["Error"]["Code"] == code


def test_an_execution_can_be_started(sample: LocalStack) -> None:
    arn = sample.template.state_machines["TurnWorkflow"].arn
    body = json.dumps({"stateMachineArn": arn, "input": '{"session_id": "h", "turn_id": "1", "text": "x"}'}).encode()

    reply = request(
        sample,
        "POST",
        "/",
        url=sample.endpoint_url,
        body=body,
        headers={"X-Amz-Target": "AWSStepFunctions.StartSyncExecution", "Content-Type": "application/x-amz-json-1.0"},
    )

    assert (reply.status, reply.json["status"]) == (200, "SUCCEEDED")


def test_an_injected_error_is_answered(sample: LocalStack, over_http: Any) -> None:
    sample.faults.set_operation("dynamodb", "PutItem", error_code="ThrottlingException", times=1)

    with pytest.raises(ClientError, match="ThrottlingException"):
        over_http("dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": "x"}, "sk": {"S": "x"}})


def test_the_sdk_tries_an_injected_error_again_in_this_process(sample: LocalStack) -> None:
    sample.faults.set_operation("dynamodb", "PutItem", error_code="ThrottlingException", times=1)

    sample.client("dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": "x"}, "sk": {"S": "x"}})

    assert sample.faults.describe()["operations"] == {}


def test_the_hook_gives_errors_their_details(sample: LocalStack) -> None:
    client = sample.client("dynamodb")
    item = {"pk": {"S": uuid4().hex}, "sk": {"S": "x"}}
    client.put_item(TableName=TABLE, Item=item)

    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as error:
        client.put_item(
            TableName=TABLE,
            Item=item,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    assert error.value.response["Item"] == item
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


class TestControls:
    def test_a_fault_can_be_set_and_cleared(self, sample: LocalStack) -> None:
        def control(method: str, path: str, body: bytes | None = None) -> Any:
            return request(sample, method, path, body=body, url=sample.endpoint_url)

        assert control("PUT", "/_local/faults/detect", b'{"kind": "fail"}').status == 200
        assert turn(sample, "hello").json["output"]["degraded"] == "InjectedError"
        assert control("GET", "/_local/faults").json["functions"]["DetectFunction"]["kind"] == "fail"
        assert control("DELETE", "/_local/faults").status == 200
        assert turn(sample, "hello").json["output"] == {"action": "answer"}

    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("PUT", "/_local/faults/nobody", b'{"kind": "fail"}', 400),
            ("PUT", "/_local/faults/detect", b'{"kind": "explode"}', 400),
            ("PUT", "/_local/faults/detect", b"no JSON", 400),
            ("PUT", "/_local/faults/detect", b"{}", 400),
            ("POST", "/_local/faults", None, 405),
            ("GET", "/_local/nothing", None, 404),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, sample: LocalStack, method: str, path: str, body: bytes | None, status: int
    ) -> None:
        reply = request(sample, method, path, body=body, url=sample.endpoint_url)

        assert reply.status == status


@pytest.mark.usefixtures("sample")
def test_a_long_poll_blocks_nobody(over_http: Any) -> None:
    client = over_http("sqs")
    url = client.create_queue(QueueName="empty")["QueueUrl"]
    started = time.monotonic()

    assert "Messages" not in client.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert time.monotonic() - started >= 0.9
