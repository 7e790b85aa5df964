"""The template's resources, as CloudFormation gets them: recoverable, encrypted, closed, limited and least-privileged."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

import pytest

from relief.incidents.watch import INCIDENT_COUNTS
from relief.measure.figures.publish import METRICS, RECORDS, WAIT
from relief.measure.figures.stream import KINDS
from tests.local.sam import translate
from tests.local.template import project_template

SOURCE, RESOURCES, _ = translate(project_template(), {})

OPEN_PATHS: Final = {
    "/": "the console's page, which holds no data; what it calls needs tokens",
    "/console/{asset}": "the page's own scripts and styles",
    "/v1/console.json": "how to sign in, which nobody has done yet at that point",
    "/v1/health": "liveness",
    "/v1/openapi.json": "the API's description",
}
"""What needs no token, and why."""

SIGNED_PATHS: Final = {
    "/v1/webhooks/turns": "systems that can sign a request but fetch no token",
    "/v1/webhooks/chatwoot": "Chatwoot signs what it sends to agent bots, and sends no token",
}
"""Opened by a signature over the body, which the function checks first (tests/e2e/test_webhooks), and why not by a token."""

MANAGED_POLICIES: Final = {
    "AWSLambdaBasicExecutionRole": "a function's own logs",
    "AWSLambdaSQSQueueExecutionRole": "receiving from the queues that feed a function",
    "AWSLambdaDynamoDBExecutionRole": "reading the stream that a function follows",
    "AWSXrayWriteOnlyAccess": "traces, for which AWS knows no names",
}
"""AWS's own policies that the translator attaches, and what for."""

WILDCARDS: Final = {
    ("TurnWorkflowRole", "logs:CreateLogDelivery"): "log deliveries have no ARN; AWS documents * as the one value",
    ("TurnWorkflowRole", "logs:DeleteLogDelivery"): "as above",
    ("TurnWorkflowRole", "logs:DescribeLogGroups"): "as above",
    ("TurnWorkflowRole", "logs:DescribeResourcePolicies"): "as above",
    ("TurnWorkflowRole", "logs:GetLogDelivery"): "as above",
    ("TurnWorkflowRole", "logs:ListLogDeliveries"): "as above",
    ("TurnWorkflowRole", "logs:PutResourcePolicy"): "as above",
    ("TurnWorkflowRole", "logs:UpdateLogDelivery"): "as above",
    **{
        ("IncidentWorkflowRole", f"logs:{action}"): "as above"
        for action in (
            "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery "
            "ListLogDeliveries PutResourcePolicy UpdateLogDelivery"
        ).split()
    },
    ("QueuePolicy", "sqs:SendMessage"): "a queue's own policy speaks of that queue; one document serves all of them",
}
"""Who may do what on any resource, and why there is no name to say instead."""

BEGINNINGS: Final = {
    "ArchiveStreamRole": "the objects of the one bucket; they have no names before there are any",
    "ArchiveBucketPolicy": "as above; it denies",
    "ConnectDelivery": "contacts and flows of the one instance; they have no names before there are any",
}
"""Whose statements may name a resource by its beginning, and why."""


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of a type, by logical id."""
    return {name: one.get("Properties", {}) for name, one in sorted(RESOURCES.items()) if one["Type"] == kind}


QUEUES: Final = of_type("AWS::SQS::Queue")
_SOURCES: Final = of_type("AWS::Lambda::EventSourceMapping").values()
QUEUE_SOURCES: Final = [one for one in _SOURCES if "StartingPosition" not in one]
STREAM_SOURCES: Final = [one for one in _SOURCES if "StartingPosition" in one]
FUNCTIONS: Final = of_type("AWS::Lambda::Function")
MACHINES: Final = of_type("AWS::StepFunctions::StateMachine")
LOG_GROUPS: Final = of_type("AWS::Logs::LogGroup")
API: Final = of_type("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]
OPERATIONS: Final = {
    f"{method.upper()} {path}": operation
    for path, methods in API["paths"].items()
    for method, operation in methods.items()
}


ASYNCHRONOUS: Final = {"ConnectFunction": "rules of Contact Lens", "IncidentFunction": "the minute's tick"}
"""Functions that are called and not waited for, and what by."""


def listed(value: Any) -> list[Any]:
    """Return a value that may stand alone or in a list as a list."""
    return value if isinstance(value, list) else [value]


def referred(value: Any) -> str | None:
    """Return the logical id that a reference leads to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return name
    return None


def dead_letter_queues() -> set[str]:
    """Return the queues that others put what they cannot deliver into."""
    named = {referred(queue.get("RedrivePolicy", {}).get("deadLetterTargetArn")) for queue in QUEUES.values()}
    calls = of_type("AWS::Lambda::EventInvokeConfig").values()
    named |= {
        referred(one.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"))
        for one in [*_SOURCES, *calls]
    }
    return {name for name in named if name}


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the logical id and each statement of every policy that the template writes, trust policies apart."""
    for name, resource in RESOURCES.items():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", []) if isinstance(policy, dict)]
        documents += [properties[key] for key in ("PolicyDocument", "ResourcePolicy") if key in properties]
        for document in documents:
            for statement in listed(document["Statement"]):
                yield name, statement


def log_group_of(function: str) -> dict[str, Any] | None:
    """Return the properties of a function's log group: the one that it names, or the one named after it."""
    configured = referred(FUNCTIONS[function].get("LoggingConfig", {}).get("LogGroup"))
    if configured is not None:
        return LOG_GROUPS.get(configured)
    own = re.compile(rf"/aws/lambda/\$\{{{function}\}}")
    return next((group for group in LOG_GROUPS.values() if own.search(str(group.get("LogGroupName")))), None)


@pytest.mark.parametrize("name", of_type("AWS::DynamoDB::Table"))
def test_every_table_can_be_restored_forgets_and_is_encrypted(name: str) -> None:
    """Given a table, then it has point-in-time recovery, a time to live and a key, and outlives its stack."""
    table = of_type("AWS::DynamoDB::Table")[name]
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["SSESpecification"]["SSEEnabled"] is True
    assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("name", QUEUES)
def test_every_queue_is_encrypted_and_loses_nothing(name: str) -> None:
    """Given a queue, then it is encrypted, and what cannot be delivered goes to a queue that keeps it two weeks."""
    queue = QUEUES[name]
    assert queue.get("SqsManagedSseEnabled") is True or queue.get("KmsMasterKeyId")
    assert queue["MessageRetentionPeriod"] == 14 * 86400
    if name in dead_letter_queues():
        assert "RedrivePolicy" not in queue
    else:
        assert referred(queue["RedrivePolicy"]["deadLetterTargetArn"]) in QUEUES
        assert 3 <= queue["RedrivePolicy"]["maxReceiveCount"] <= 10


def test_every_follower_of_a_stream_reports_single_failures_and_loses_nothing() -> None:
    """Given a stream's follower, then a record that fails comes again alone, and in the end is kept for two weeks."""
    assert STREAM_SOURCES
    for source in STREAM_SOURCES:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BisectBatchOnFunctionError"] is True
        assert source["MaximumRetryAttempts"] > 0
        assert referred(source["DestinationConfig"]["OnFailure"]["Destination"]) in QUEUES
        (pattern,) = (json.loads(one["Pattern"]) for one in source["FilterCriteria"]["Filters"])
        kinds = [one["prefix"].rstrip("#") for one in pattern["dynamodb"]["Keys"]["sk"]["S"]]
        read = ["DECISION"] if referred(source["FunctionName"]) == "ArchiveFunction" else KINDS
        assert sorted(kinds) == sorted(read), "the filter and the reader know different kinds of items"


ALARMS: Final = of_type("AWS::CloudWatch::Alarm")
SILENCE_IS_WRONG: Final = {"IncidentTickMissingAlarm"}
"""Alarms on something that has to happen every minute."""


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_says_what_is_wrong_and_can_tell_somebody(name: str) -> None:
    """Given an alarm, then it says in words what it means, goes to the topic where there is one, and has its data."""
    alarm = ALARMS[name]
    assert alarm["AlarmDescription"].endswith(".")
    assert alarm["AlarmActions"] == {"Fn::If": ["TellsOfAlarms", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert alarm["TreatMissingData"] == ("breaching" if name in SILENCE_IS_WRONG else "notBreaching")


def test_the_dashboard_and_the_alarms_show_metrics_that_exist() -> None:
    """Given the metrics of ours that are shown, then each is one that is published, and each published one is shown."""
    ours = {*METRICS, WAIT, RECORDS}
    (dashboard,) = of_type("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(re.sub(r"\$\{[^}]+\}", "x", dashboard["DashboardBody"]["Fn::Sub"]))["widgets"]
    shown = {metric[1] for widget in widgets for metric in widget["properties"]["metrics"] if metric[0] == "Relief/x"}
    assert shown == ours
    alarmed = re.findall(r"'MetricName': '(\w+)', 'Dimensions': \[{'Name': 'service'", str(ALARMS))
    assert set(alarmed) <= ours | set(INCIDENT_COUNTS)


def test_every_consumer_has_time_and_reports_single_failures() -> None:
    """Given a queue's consumer, then the queue waits six of its time-outs, as AWS advises, and failures are single."""
    for source in QUEUE_SOURCES:
        queue, function = QUEUES[referred(source["EventSourceArn"]) or ""], referred(source["FunctionName"]) or ""
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert queue["VisibilityTimeout"] >= 6 * FUNCTIONS[function]["Timeout"]


@pytest.mark.parametrize("name", of_type("AWS::Events::Rule"))
def test_every_target_of_a_rule_has_a_dead_letter_queue(name: str) -> None:
    """Given a rule, then an event that its target does not take is kept."""
    for target in of_type("AWS::Events::Rule")[name]["Targets"]:
        assert referred(target["DeadLetterConfig"]["Arn"]) in dead_letter_queues()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_route_but_the_open_ones_needs_a_scope(operation: str) -> None:
    """Given a route, then it needs a token with a scope of ours, unless it is open or signed."""
    security = OPERATIONS[operation].get("security", [])
    scopes = [scope for requirement in security for scope in requirement.get("Tokens", [])]
    if operation.partition(" ")[2] in SIGNED_PATHS:
        assert operation.startswith("POST ")
        assert all("Tokens" not in requirement for requirement in security)
    elif operation.partition(" ")[2] in OPEN_PATHS:
        assert operation.startswith("GET ")
        assert all("Tokens" not in requirement for requirement in security)
    else:
        assert len(security) == 1
        assert scopes
        assert all(scope.startswith("relief/") for scope in scopes)


def test_every_route_is_throttled_and_what_costs_the_table_most_is_throttled_harder() -> None:
    """Given the API's stage, then every route has a limit, and whole sessions are not read or deleted at a turn's rate."""
    stage = next(iter(of_type("AWS::ApiGatewayV2::Stage").values()))
    usual = stage["DefaultRouteSettings"]["ThrottlingRateLimit"]
    own = {name: settings["ThrottlingRateLimit"] for name, settings in stage["RouteSettings"].items()}
    assert usual > 0
    assert set(own) <= set(OPERATIONS), "a limit for a route that does not exist protects nothing"
    assert all(0 < limit < usual for limit in own.values())
    assert {name for name in OPERATIONS if name.startswith("DELETE ") or name.endswith("/export")} <= set(own)


@pytest.mark.parametrize("name", of_type("AWS::Cognito::UserPoolClient"))
def test_tokens_of_the_user_pool_are_short_lived(name: str) -> None:
    """Given a client, then its tokens end within the hour, and those that can erase within minutes."""
    client = of_type("AWS::Cognito::UserPoolClient")[name]
    assert client["TokenValidityUnits"] == {"AccessToken": "minutes"}
    assert client["AccessTokenValidity"] <= (5 if "relief/erase" in client["AllowedOAuthScopes"] else 60)
    people = client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == (["code"] if people else ["client_credentials"])
    assert not people or "relief/erase" not in client["AllowedOAuthScopes"]


def test_no_secret_is_in_an_environment_variable() -> None:
    """Given every function's environment, then what sounds like a secret is the name of one in Secrets Manager."""
    telling = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL")
    secrets = set(of_type("AWS::SecretsManager::Secret"))
    for function in FUNCTIONS.values():
        for name, value in function.get("Environment", {}).get("Variables", {}).items():
            assert not telling.search(name) or (name.endswith("_ID") and referred(value) in secrets), name


def test_tokens_are_verified_by_issuer_and_audience() -> None:
    """Given the authorizer, then it is the only one and checks a token of the request's header."""
    schemes = API["components"]["securitySchemes"]
    assert set(schemes) == {"Tokens"}
    authorizer = schemes["Tokens"]["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "jwt"
    assert authorizer["identitySource"] == "$request.header.Authorization"
    assert authorizer["jwtConfiguration"]["issuer"]
    assert authorizer["jwtConfiguration"]["audience"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_ends_in_time_and_is_traced(name: str) -> None:
    """Given a function, then it says itself how long it may run, which is at most ten seconds, and is traced."""
    assert 1 <= FUNCTIONS[name]["Timeout"] <= 10
    assert FUNCTIONS[name]["TracingConfig"] == {"Mode": "Active"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_log_group_that_forgets(name: str) -> None:
    """Given a function, then its log group is the stack's: one that Lambda makes by itself keeps logs for ever."""
    group = log_group_of(name)
    assert group is not None, "no log group: set LoggingConfig.LogGroup"
    assert group.get("RetentionInDays")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_an_alarm_on_failures_and_throttles(name: str) -> None:
    """Given a function, then one alarm watches its errors and its throttles, and exists whenever the function does."""
    watching = {
        alarm: {
            metric["MetricStat"]["Metric"]["MetricName"] for metric in properties["Metrics"] if "MetricStat" in metric
        }
        for alarm, properties in ALARMS.items()
        if f"'FunctionName', 'Value': {{'Ref': '{name}'}}" in str(properties.get("Metrics"))
    }
    assert list(watching.values()) == [{"Errors", "Throttles"}]
    assert RESOURCES[next(iter(watching))].get("Condition") == RESOURCES[name].get("Condition")


@pytest.mark.parametrize("name", QUEUES)
def test_every_queue_has_an_alarm(name: str) -> None:
    """Given a queue, then an alarm goes off when a message lies in it too long, or at all where none should."""
    metrics = {
        one.get("MetricName") for one in ALARMS.values() if f"'{name}', 'QueueName'" in str(one.get("Dimensions"))
    }
    lost = name in dead_letter_queues()
    assert metrics == {"ApproximateNumberOfMessagesVisible" if lost else "ApproximateAgeOfOldestMessage"}


@pytest.mark.parametrize("name", MACHINES)
def test_every_workflow_has_an_alarm(name: str) -> None:
    """Given a state machine, then an alarm goes off when its executions fail."""
    alarms = [one for one in ALARMS.values() if f"'Ref': '{name}'" in str(one.get("Dimensions"))]
    assert "ExecutionsFailed" in {one["MetricName"] for one in alarms}


def test_every_call_that_nobody_waits_for_is_kept_when_it_fails() -> None:
    """Given the functions that are called asynchronously, then each gives up in time and keeps what failed."""
    configurations = {referred(one["FunctionName"]): one for one in of_type("AWS::Lambda::EventInvokeConfig").values()}
    assert set(configurations) == set(ASYNCHRONOUS)
    for configuration in configurations.values():
        assert configuration["MaximumEventAgeInSeconds"] <= 300
        assert referred(configuration["DestinationConfig"]["OnFailure"]["Destination"]) == "FailedCallQueue"


def test_access_logs_hold_no_data_of_customers() -> None:
    """Given the API's access log, then it has neither body, header, query, address nor a path with its parameters."""
    (stage,) = of_type("AWS::ApiGatewayV2::Stage").values()
    form = json.loads(stage["AccessLogSettings"]["Format"])
    assert referred(stage["AccessLogSettings"]["DestinationArn"]) == "AccessLogs"
    allowed = {
        "requestId", "requestTime", "routeKey", "status", "responseLatency", "responseLength",
        "authorizer.claims.client_id", "authorizer.error", "integrationErrorMessage",
    }  # fmt: skip
    assert {value.removeprefix("$context.") for value in form.values()} == allowed


@pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
def test_every_bucket_is_closed_encrypted_and_forgets(name: str) -> None:
    """Given a bucket, then nobody outside reads it, it is encrypted at rest and on the way, and everything in it ends."""
    bucket = of_type("AWS::S3::Bucket")[name]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": "ArchiveDays"})
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] <= 1
    (policy,) = (one for one in of_type("AWS::S3::BucketPolicy").values() if referred(one["Bucket"]) == name)
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_only_what_the_image_holds_is_reached_through_an_alias() -> None:
    """Given versions, then no function with a layer has one: SAM publishes none when a layer or a setting changes."""
    published = [name for name, one in SOURCE["Resources"].items() if "AutoPublishAlias" in one.get("Properties", {})]
    assert published == ["ClassifyFunction"]


@pytest.mark.parametrize("name", SOURCE["Parameters"])
def test_every_parameter_says_what_it_is_for_and_what_it_takes(name: str) -> None:
    """Given a parameter, then it has a default, words for whoever fills it in, and limits to what it takes."""
    parameter = SOURCE["Parameters"][name]
    assert "Default" in parameter
    assert parameter["Description"].endswith(".")
    limits = {"AllowedPattern", "AllowedValues", "MinValue", "MinLength", "MaxLength"}
    assert limits & set(parameter)
    assert name in str(SOURCE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"])


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_the_stages_parameters_are_the_templates(stage: str) -> None:
    """Given a stage of samconfig.toml, then it sets parameters that exist to values that they take."""
    settings = tomllib.loads((project_template().parent / "samconfig.toml").read_text("utf-8"))[stage]
    given = dict(one.split("=") for one in settings["global"]["parameters"]["parameter_overrides"].split())
    assert given["Stage"] == stage
    for name, value in given.items():
        parameter = SOURCE["Parameters"][name]
        assert value in map(str, parameter.get("AllowedValues", [value]))
        assert parameter.get("MinValue", 0) <= (int(value) if parameter["Type"] == "Number" else 0)
    assert settings["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"


def test_every_output_says_what_it_is_for() -> None:
    """Given the outputs, then each has words, and one that names a resource has its condition."""
    for name, output in SOURCE["Outputs"].items():
        assert output["Description"].endswith("."), name
        resource = RESOURCES.get(referred(output["Value"]) or "")
        assert resource is None or output.get("Condition") == resource.get("Condition"), name


@pytest.mark.parametrize("name", LOG_GROUPS)
def test_every_log_group_forgets(name: str) -> None:
    """Given a log group, then it has a retention time."""
    assert LOG_GROUPS[name].get("RetentionInDays")


@pytest.mark.parametrize("name", MACHINES)
def test_state_machines_log_no_execution_data(name: str) -> None:
    """Given a state machine, then it logs errors to a group of the stack, without what customers wrote."""
    logging = MACHINES[name]["LoggingConfiguration"]
    assert logging["IncludeExecutionData"] is False
    assert logging["Level"] in {"ERROR", "FATAL", "ALL"}
    groups = {referred(one["CloudWatchLogsLogGroup"]["LogGroupArn"]) for one in logging["Destinations"]}
    assert groups
    assert groups <= set(LOG_GROUPS)
    assert MACHINES[name]["TracingConfiguration"] == {"Enabled": True}


def test_nobody_may_do_anything_on_any_resource() -> None:
    """Given every statement that allows something, then it names resources, but for the listed exceptions."""
    found = {
        (name, action)
        for name, statement in statements()
        if statement["Effect"] == "Allow" and "*" in listed(statement["Resource"])
        for action in listed(statement["Action"])
    }
    assert found == set(WILDCARDS)


def test_no_resource_is_named_by_its_beginning_alone() -> None:
    """Given every statement that allows something, then no ARN has a wildcard in it, but for those listed."""
    for name, statement in statements():
        written = [str(one) for one in listed(statement["Resource"]) if one != "*"]
        assert not [one for one in written if "*" in one] or name in BEGINNINGS, name


def test_whoever_reads_what_a_key_of_yours_encrypts_may_use_it() -> None:
    """Given every role that reaches the table, its stream or a secret, then it may use the key, through these alone."""
    key = of_type("AWS::IAM::Policy")["KeyUse"]
    shared = [one for name, one in of_type("AWS::IAM::Policy").items() if name != "KeyUse"]
    needing = set()
    for name, role in of_type("AWS::IAM::Role").items():
        own = str(role.get("Policies")) + str(role.get("ManagedPolicyArns"))
        own += "".join(str(one["PolicyDocument"]) for one in shared if {"Ref": name} in one["Roles"])
        if any(word in own for word in ("dynamodb:", "secretsmanager:", "AWSLambdaDynamoDBExecutionRole")):
            needing.add(name)
    assert set(re.findall(r"'Ref': '(\w+Role)'", str(key["Roles"]))) == needing
    (statement,) = key["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Ref": "KeyArn"}
    assert "kms:ViaService" in statement["Condition"]["StringEquals"]


def test_nobody_may_do_every_action() -> None:
    """Given every statement that allows something, then it lists the actions one by one, and excludes nothing."""
    for name, statement in statements():
        if statement["Effect"] == "Allow":
            assert not [action for action in listed(statement["Action"]) if "*" in action], name
        assert not {"NotAction", "NotResource", "NotPrincipal"} & set(statement), name


def test_whoever_sends_to_a_queue_is_a_rule_of_ours() -> None:
    """Given the queues' policy, then every sender that it allows is held to our bus by a condition."""
    allowed = [
        statement for name, statement in statements() if name == "QueuePolicy" and statement["Effect"] == "Allow"
    ]
    assert allowed
    for statement in allowed:
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert "rule/${Bus.Name}/" in str(statement["Condition"]["ArnLike"]["aws:SourceArn"])
    policies = of_type("AWS::SQS::QueuePolicy").values()
    named = {referred(queue) for policy in policies for queue in policy["Queues"]}
    assert named == set(QUEUES)


def test_policies_of_aws_are_few_and_known() -> None:
    """Given every role, then it has no policy of AWS's but those that write logs and traces, or consume a queue."""
    for name, role in of_type("AWS::IAM::Role").items():
        managed = {str(arn).rpartition("/")[2] for arn in role.get("ManagedPolicyArns", [])}
        assert managed <= set(MANAGED_POLICIES), name
        feeds = [one for one in QUEUE_SOURCES if f"{referred(one['FunctionName'])}Role" == name]
        assert ("AWSLambdaSQSQueueExecutionRole" in managed) is bool(feeds), name
