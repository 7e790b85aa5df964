"""Reads the application's own template: what the local stack runs is what would be deployed."""

import copy
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.local import cloud
from tests.local.conditions import holds
from tests.local.errors import LocalStackError
from tests.local.parts import Function, QueueSource, Route, RuleTarget, StateMachine, StreamSource
from tests.local.resource_types import CREATED, ENACTED, IGNORED
from tests.local.sam import translate
from tests.local.throttles import Limit, read_limits

# Fixed names instead of CloudFormation's random ones: what a handler has cached stays true for the next stack of the
# same process.
_NAME_PROPERTIES: Final = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}

_ARN_FORMATS: Final = {
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
}

_UNIT_SECONDS: Final = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}
# What CloudFormation leaves out.
_NO_VALUE: Final = {"Ref": "AWS::NoValue"}

_ANY_METHOD: Final = "x-amazon-apigateway-any-method"
_HTTP_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head", "options", _ANY_METHOD})

# What an event source mapping of a stream must have and one of a queue must not.
_STREAM_ONLY: Final = "StartingPosition"

Json = dict[str, Any]


class Template:
    """The translated template, and what the local stack has to know of it.

    Raises:
        LocalStackError: The template is missing or broken, or has something that the local stack does not know how to
            treat.
    """

    def __init__(self, path: Path, *, stack_name: str, parameters: Mapping[str, str]) -> None:
        self.path = path
        self.stack_name = stack_name
        source, self._resources, self.parameters = translate(path, parameters)
        self._pseudo = {
            "AWS::StackName": stack_name,
            "AWS::Region": cloud.REGION,
            "AWS::AccountId": cloud.ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._source = source
        self._refuse_unknown_types()
        self.ignored = sorted({resource["Type"] for resource in self._resources.values()} & IGNORED)
        self.functions = {function.logical_id: function for function in self._read_functions()}
        self.state_machines = {machine.logical_id: machine for machine in self._read_state_machines()}
        self.routes, self.jwt_configuration = self._read_http_apis()
        self.limits = self._read_limits()
        self.queue_sources = self._read_queue_sources()
        self.stream_sources = self._read_stream_sources()
        self._literals = self._literal_references()
        self._created = {
            logical_id: self._replace_references(self._with_fixed_name(logical_id, resource))
            for logical_id, resource in self._of_types(CREATED)
        }
        self.rule_targets = self._divert_rule_targets()

    def to_create(self, outputs: Mapping[str, Any]) -> Json:
        """Return the CloudFormation template of what moto creates, with outputs that resolve the given expressions."""
        template: Json = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": self._created,
            "Outputs": {name: {"Value": self._replace_references(value)} for name, value in outputs.items()},
        }
        for section in ("Parameters", "Mappings", "Conditions"):
            if section in self._source:
                template[section] = self._source[section]
        return copy.deepcopy(template)

    def layer_folders(self) -> list[Path]:
        """Return the folders that the template's layers put on a function's import path: `sam build` copies them there."""
        return [
            self._local_path(resource["Properties"]["ContentUri"])
            for resource in self._source["Resources"].values()
            if resource["Type"] == "AWS::Serverless::LayerVersion"
        ]

    def _of_types(self, types: frozenset[str] | set[str]) -> Iterator[tuple[str, Json]]:
        return ((logical_id, r) for logical_id, r in self._resources.items() if r["Type"] in types)

    def _existing(self, types: frozenset[str] | set[str]) -> Iterator[tuple[str, Json]]:
        """Yield the resources of these types whose condition, if they have one, holds."""
        conditions = self._source.get("Conditions", {})
        for logical_id, resource in self._of_types(types):
            if "Condition" not in resource or holds(resource["Condition"], conditions, self.parameters):
                yield logical_id, resource

    def secrets(self) -> Iterator[tuple[str, Json]]:
        """Yield the physical name and the properties of each secret."""
        for logical_id, resource in self._of_types({"AWS::SecretsManager::Secret"}):
            yield f"{self.stack_name}-{logical_id}", resource["Properties"]

    def delivery_streams(self) -> list[str]:
        """Return the physical names of the streams that bring records to an archive."""
        return [f"{self.stack_name}-{name}" for name, _ in self._existing({"AWS::KinesisFirehose::DeliveryStream"})]

    def _refuse_unknown_types(self) -> None:
        known = CREATED | ENACTED | IGNORED
        unknown = {logical_id: r["Type"] for logical_id, r in self._resources.items() if r["Type"] not in known}
        if unknown:
            listed = ", ".join(f"{logical_id} ({kind})" for logical_id, kind in sorted(unknown.items()))
            message = (
                f"The local stack does not know what to do with {listed}. "
                f"Add the type to CREATED or IGNORED in {Path(__file__).name}."
            )
            raise LocalStackError(message)

    def _local_path(self, uri: str) -> Path:
        return (self.path.parent / uri).resolve()

    def _read_functions(self) -> Iterator[Function]:
        for logical_id, resource in self._existing({"AWS::Lambda::Function"}):
            properties = resource["Properties"]
            handler, folder = self._handler_and_folder(logical_id, properties)
            yield Function(
                logical_id=logical_id,
                name=self._physical_name(logical_id, properties.get("FunctionName")),
                handler=handler,
                folder=folder,
                timeout=float(self._simple_value(properties.get("Timeout", 3))),
                memory=int(self._simple_value(properties.get("MemorySize", 128))),
                environment={
                    name: value
                    for name, value in properties.get("Environment", {}).get("Variables", {}).items()
                    if value != _NO_VALUE
                },
            )

    def _handler_and_folder(self, logical_id: str, properties: Json) -> tuple[str, Path]:
        source = self._source["Resources"][logical_id]
        if properties.get("PackageType") != "Image":
            return properties["Handler"], self._local_path(source["Properties"]["CodeUri"])
        metadata = source.get("Metadata", {})
        if "DockerContext" not in metadata:
            message = f"The image function {logical_id} names no DockerContext in its Metadata."
            raise LocalStackError(message)
        dockerfile = self._local_path(metadata["DockerContext"]) / metadata.get("Dockerfile", "Dockerfile")
        command = properties.get("ImageConfig", {}).get("Command") or ["app.lambda_handler"]
        return command[0], dockerfile.parent

    def _read_state_machines(self) -> Iterator[StateMachine]:
        for logical_id, resource in self._of_types({"AWS::StepFunctions::StateMachine"}):
            properties = resource["Properties"]
            uri = self._source["Resources"][logical_id]["Properties"].get("DefinitionUri")
            if not isinstance(uri, str):
                message = f"The state machine {logical_id} has no DefinitionUri that names a file."
                raise LocalStackError(message)
            yield StateMachine(
                logical_id=logical_id,
                name=self._physical_name(logical_id, properties.get("StateMachineName")),
                kind=properties.get("StateMachineType", "STANDARD"),
                definition=self._local_path(uri).read_text("utf-8"),
                substitutions=properties.get("DefinitionSubstitutions", {}),
            )

    def _read_http_apis(self) -> tuple[list[Route], Json]:
        routes: list[Route] = []
        jwt_configuration: Json = {}
        for _, resource in self._of_types({"AWS::ApiGatewayV2::Api"}):
            body = resource["Properties"]["Body"]
            schemes = body.get("components", {}).get("securitySchemes", {})
            authorizers = {
                name: scheme["x-amazon-apigateway-authorizer"]
                for name, scheme in schemes.items()
                if "x-amazon-apigateway-authorizer" in scheme
            }
            for authorizer in authorizers.values():
                jwt_configuration = authorizer.get("jwtConfiguration", {})
            for path, methods in body["paths"].items():
                for method, operation in methods.items():
                    if method in _HTTP_METHODS:
                        routes.append(_route(path, method, operation, authorizers))
        return routes, jwt_configuration

    def _read_limits(self) -> dict[str, Limit]:
        """Return the throttles of the HTTP API's stage by route key."""
        limits: dict[str, Limit] = {}
        for _, resource in self._of_types({"AWS::ApiGatewayV2::Stage"}):
            limits |= read_limits(resource["Properties"])
        return limits

    def _read_queue_sources(self) -> list[QueueSource]:
        sources = []
        for logical_id, resource in self._existing({"AWS::Lambda::EventSourceMapping"}):
            properties = resource["Properties"]
            function = properties["FunctionName"].get("Ref")
            if function not in self.functions:
                message = f"The event source {logical_id} feeds no function of the template."
                raise LocalStackError(message)
            if _STREAM_ONLY in properties:
                continue
            sources.append(
                QueueSource(
                    function=function,
                    queue=properties["EventSourceArn"],
                    batch_size=int(self._simple_value(properties.get("BatchSize", 10))),
                    reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
                )
            )
        return sources

    def _read_stream_sources(self) -> list[StreamSource]:
        sources = []
        for logical_id, resource in self._existing({"AWS::Lambda::EventSourceMapping"}):
            properties = resource["Properties"]
            if _STREAM_ONLY not in properties:
                continue
            match properties["EventSourceArn"]:
                case {"Fn::GetAtt": [str(table), "StreamArn"]}:
                    pass
                case other:
                    message = f"The event source {logical_id} follows no table of the template: {other!r}."
                    raise LocalStackError(message)
            filters = properties.get("FilterCriteria", {}).get("Filters", [])
            sources.append(
                StreamSource(
                    function=properties["FunctionName"]["Ref"],
                    table=table,
                    batch_size=int(self._simple_value(properties.get("BatchSize", 100))),
                    window_seconds=int(self._simple_value(properties.get("MaximumBatchingWindowInSeconds", 0))),
                    patterns=tuple(one["Pattern"] for one in filters),
                    reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
                )
            )
        return sources

    def _literal_references(self) -> dict[tuple[str, str], str]:
        """Return, by logical id and attribute, what references to resources stand for that moto does not create."""
        literals: dict[tuple[str, str], str] = {}
        for function in self.functions.values():
            literals[function.logical_id, "Ref"] = function.name
            literals[function.logical_id, "Arn"] = function.arn
        for machine in self.state_machines.values():
            literals[machine.logical_id, "Ref"] = literals[machine.logical_id, "Arn"] = machine.arn
            literals[machine.logical_id, "Name"] = machine.name
        for logical_id, resource in self._of_types(IGNORED | {"AWS::ApiGatewayV2::Api"}):
            name = f"{self.stack_name}-{logical_id}"
            arn = _ARN_FORMATS.get(resource["Type"], "arn:aws:local:{region}:{account}:{name}")
            literals[logical_id, "Ref"] = name
            literals[logical_id, "Arn"] = arn.format(region=cloud.REGION, account=cloud.ACCOUNT, name=name)
            literals[logical_id, "*"] = name
        return literals

    def _literal(self, logical_id: str, attribute: str) -> str | None:
        return self._literals.get((logical_id, attribute)) or self._literals.get((logical_id, "*"))

    def _replace_references(self, node: Any) -> Any:
        """Return the node with references to resources that moto does not create replaced by text."""
        match node:
            case {"Ref": str(logical_id)} if (literal := self._literal(logical_id, "Ref")) and len(node) == 1:
                return literal
            case {"Fn::GetAtt": [str(logical_id), attribute]} if literal := self._literal(logical_id, str(attribute)):
                return literal
            case {"Fn::Sub": str(text)}:
                return {"Fn::Sub": self._replace_in_text(text, frozenset())}
            case {"Fn::Sub": [str(text), dict(values)]}:
                return {"Fn::Sub": [self._replace_in_text(text, frozenset(values)), self._replace_references(values)]}
            case dict():
                return {name: self._replace_references(value) for name, value in node.items() if name != "DependsOn"}
            case list():
                return [self._replace_references(item) for item in node]
        return node

    def _replace_in_text(self, text: str, own: frozenset[str]) -> str:
        def replacement(match: re.Match[str]) -> str:
            logical_id, _, attribute = match[1].partition(".")
            if match[1] in own:
                return match[0]
            return self._literal(logical_id, attribute or "Ref") or match[0]

        return re.sub(r"\$\{([A-Za-z0-9.]+)\}", replacement, text)

    def _with_fixed_name(self, logical_id: str, resource: Json) -> Json:
        resource = copy.deepcopy(resource)
        name_property = _NAME_PROPERTIES.get(resource["Type"])
        if name_property:
            properties = resource.setdefault("Properties", {})
            suffix = ".fifo" if properties.get("FifoQueue") else ""
            properties.setdefault(name_property, f"{self.stack_name}-{logical_id}{suffix}")
        return resource

    def _divert_rule_targets(self) -> list[RuleTarget]:
        """Put a queue in place of each target that moto cannot invoke, and return what to do with its messages."""
        diverted = []
        for rule, resource in list(self._created.items()):
            if resource["Type"] != "AWS::Events::Rule":
                continue
            scheduled = "ScheduleExpression" in resource["Properties"]
            for position, target in enumerate(resource["Properties"].get("Targets", [])):
                arn = target["Arn"]
                if not isinstance(arn, str) or not arn.startswith(("arn:aws:lambda:", "arn:aws:states:")):
                    continue
                queue = None if scheduled else f"{rule}Target{position}"
                interval = self._interval(rule, resource["Properties"]) if scheduled else None
                diverted.append(RuleTarget(rule, arn, queue, target.pop("Input", None), interval))
                if queue:
                    self._created[queue] = {
                        "Type": "AWS::SQS::Queue",
                        "Properties": {"QueueName": f"{self.stack_name}-{queue}"},
                    }
                    target["Arn"] = {"Fn::GetAtt": [queue, "Arn"]}
                    target.pop("RoleArn", None)
            if scheduled:
                del self._created[rule]
        for schedule, resource in self._of_types({"AWS::Scheduler::Schedule"}):
            target = self._replace_references(resource["Properties"]["Target"])
            interval = self._interval(schedule, resource["Properties"])
            diverted.append(RuleTarget(schedule, target["Arn"], None, target.get("Input"), interval))
        return diverted

    def _interval(self, schedule: str, properties: Json) -> float | None:
        """Return the seconds of a rate; None for a schedule that is disabled."""
        if properties.get("State") == "DISABLED":
            return None
        expression = str(self._simple_value(properties["ScheduleExpression"]))
        rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
        if rate is None:
            message = f"The local stack knows schedules of the form rate(...), not {expression!r} of {schedule}."
            raise LocalStackError(message)
        return int(rate[1]) * _UNIT_SECONDS[rate[2]]

    def _physical_name(self, logical_id: str, given: Any) -> str:
        return f"{self.stack_name}-{logical_id}" if given is None else str(self._simple_value(given))

    def _simple_value(self, value: Any) -> Any:
        """Resolve what may stand in a name or a number: parameters and pseudo parameters, no resources."""
        known = {**self._pseudo, **self.parameters}
        match value:
            case {"Ref": str(name)} if name in known:
                return known[name]
            case {"Fn::Sub": str(text)}:
                resolved = re.sub(r"\$\{([\w:]+)\}", lambda match: str(known.get(match[1], match[0])), text)
                if "${" not in resolved:
                    return resolved
            case str() | int() | float():
                return value
        message = f"The local stack needs a value that depends on parameters alone, not {value!r}."
        raise LocalStackError(message)


def _route(path: str, method: str, operation: Json, authorizers: Mapping[str, Any]) -> Route:
    uri = str(operation["x-amazon-apigateway-integration"]["uri"])
    function = re.search(r"\$\{(\w+)\.Arn\}", uri)
    if function is None:
        message = f"The route {method} {path} has an integration that is no function of the template."
        raise LocalStackError(message)
    scopes = None
    for requirement in operation.get("security", []):
        for name, needed in requirement.items():
            if name in authorizers:
                scopes = tuple(needed)
    name = "ANY" if method == _ANY_METHOD else method.upper()
    return Route(name, path, function[1], scopes)


def project_template() -> Path:
    """Return the project's own template, which stands two folders above this package."""
    return Path(os.environ.get("LOCAL_STACK_TEMPLATE") or Path(__file__).parents[2] / "template.yaml")
