"""Canaries: each test describes a gap of moto that the local stack works around.

A test that fails after an update of moto brings good news: the gap is closed, and what the stack does about it can go.
The reason of each test says where that is.
"""

import inspect
import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.common_models import BaseModel
from moto.core.responses import BaseResponse
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import validators
from moto.events.utils import EventTemplateParser
from moto.sqs.models import Queue
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from tests.unit.test_local_engine import MISSING_KEY, REFUSED_EVENTS, RUNTIME_ERROR, catching, one_state

ROLE = "arn:aws:iam::123456789012:role/test"


@pytest.fixture(autouse=True)
def moto_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moto without the local stack."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield


def execute(program: dict[str, Any]) -> tuple[str, str | None]:
    """Run a program with moto; return the status, and the output or the error."""
    client = boto3.client("stepfunctions")
    machine = client.create_state_machine(name="m", definition=json.dumps(program), roleArn=ROLE)
    execution = client.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    for _ in range(500):
        found = client.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return found["status"], found.get("output") or found.get("error")
        time.sleep(0.01)
    raise TimeoutError(execution)


def create_stack(resources: dict[str, Any]) -> None:
    boto3.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps({"Resources": resources}))


def table() -> Any:
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    return client


def test_there_is_no_start_sync_execution() -> None:
    """engine.py."""
    client = boto3.client("stepfunctions", config=Config(inject_host_prefix=False))

    with pytest.raises(NotImplementedError):
        client.start_sync_execution(stateMachineArn="arn:aws:states:us-east-1:123456789012:stateMachine:m")


def test_states_all_catches_runtime_errors() -> None:
    """workflow_errors.match_error."""
    assert execute(catching(RUNTIME_ERROR, "States.ALL")) == ("SUCCEEDED", "caught")


def test_a_predefined_error_of_a_branch_cannot_be_caught() -> None:
    """workflow_errors.name_error."""
    url = boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    never_answered = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody": "x"},
        "TimeoutSeconds": 1,
        "End": True,
    }

    ending = execute(catching({"Type": "Parallel", "Branches": [one_state(never_answered)]}, "States.Timeout"))

    assert ending == ("FAILED", "States.Runtime")


def test_a_missing_path_is_an_error_of_dynamodb() -> None:
    """workflow_errors.name_dynamodb_errors; a time-out is one, too."""
    assert execute(one_state(MISSING_KEY)) == ("FAILED", "DynamoDB.AmazonDynamoDBException")


def test_a_refused_put_events_is_a_runtime_error() -> None:
    """workflow_errors.name_service_errors."""
    assert execute(one_state({**REFUSED_EVENTS, "End": True})) == ("FAILED", "States.Runtime")


def test_a_path_through_an_array_s_element_gives_an_array() -> None:
    """state_data.extract_json_by."""
    literal = {"Type": "Pass", "Result": {"list": [{"c": 1}]}, "Next": "Only"}
    program = one_state({"Type": "Pass", "Parameters": {"found.$": "$.list[0].c"}, "End": True})
    program["StartAt"], program["States"]["Put"] = "Put", literal

    assert execute(program) == ("SUCCEEDED", '{"found": [1]}')


def test_a_client_error_of_a_bare_function_arn_loses_its_name() -> None:
    """workflow_errors.name_service_errors."""
    state = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:nothing", "End": True}

    assert execute(one_state(state)) == ("FAILED", "Exception")


@pytest.mark.parametrize(
    ("function", "waste"),
    [
        (ExecutionWorker._get_evaluation_entrypoint, "AmazonStateLanguageParser.parse"),
        (boto_client.boto_client_for, "return boto3.client("),
        (json_path.extract_json, "parse(path)"),
        (Program.eval, "threading.Thread("),
        (DynamoDBBackend.transact_write_items, "copy.deepcopy(\n                    self.tables[table_name]"),
        (Table.query, "for item in self.all_items()"),
        (Table.all_items, "sorted("),
        (Table.get_item, "self.items[hash_key][range_key]"),
        (Queue.delete_message, "self.deleted_messages.update("),
        (EventTemplateParser.parse, "parse(input_paths_map[input_path])"),
        (validators.ActionCountValidator.traverse_node_recursively, "isinstance(node, self.nodes_to_be_processed())"),
        (validators.Validator.__init__, "deepcopy(expression)"),
        (BaseModel.__new__, "instances_tracked.append(instance)"),
        (BaseResponse.call_action, "method_names_from_class(self.__class__)"),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_work_is_done_again_and_again(function: Any, waste: str) -> None:
    """interpreter.mended, moto_tables.py, moto_backends.py: the speed of the stack depends on them."""
    assert waste in inspect.getsource(function)


def test_state_machines_of_cloudformation_are_kept_where_nothing_runs_them() -> None:
    """resources._with_definition, and MotoBackends.create_state_machine; moto drops type and substitutions, too."""
    definition = json.dumps(one_state({"Type": "Pass", "End": True}))
    properties = {"StateMachineName": "m", "DefinitionString": definition, "RoleArn": ROLE}

    create_stack({"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}})

    assert boto3.client("stepfunctions").list_state_machines()["stateMachines"] == []


def test_a_dangling_next_is_accepted() -> None:
    """resources._dangling."""
    program = one_state({"Type": "Pass", "Next": "Nowhere"})

    boto3.client("stepfunctions").create_state_machine(name="m", definition=json.dumps(program), roleArn=ROLE)


def test_cloudformation_leaves_out_what_it_does_not_know() -> None:
    """MotoBackends.create_stack, and template.IGNORED."""
    with pytest.warns(UserWarning, match="not supported by moto"):
        create_stack({"P": {"Type": "AWS::SQS::QueuePolicy", "Properties": {}}})


def test_rules_cannot_start_functions() -> None:
    """Template._divert_rule_targets."""
    client = boto3.client("events")
    client.put_rule(Name="r", EventPattern='{"source": ["s"]}')
    client.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}])

    with pytest.raises(NotImplementedError):
        client.put_events(Entries=[{"Source": "s", "DetailType": "t", "Detail": "{}"}])


def test_the_token_of_a_transaction_is_ignored() -> None:
    """Not worked around: nothing in the application may rely on ClientRequestToken alone."""
    client = table()
    put = {"TableName": "t", "Item": {"pk": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    client.transact_write_items(TransactItems=[{"Put": put}], ClientRequestToken="same")

    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        client.transact_write_items(TransactItems=[{"Put": put}], ClientRequestToken="same")


def test_items_outlive_their_time_to_live() -> None:
    """Not worked around: the application checks expiry when it reads, as DynamoDB deletes late anyway."""
    client = table()
    client.update_time_to_live(TableName="t", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    client.put_item(TableName="t", Item={"pk": {"S": "a"}, "ttl": {"N": "1"}})

    assert client.scan(TableName="t")["Count"] == 1
