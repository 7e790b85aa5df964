"""What the template says is what the stack does, and what it cannot do it says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.local import LocalStackError
from tests.local.moto_backends import MotoBackends
from tests.local.resource_types import CREATED, ENACTED, IGNORED
from tests.local.resources import create
from tests.local.template import Template
from tests.unit.conftest import SAMPLE

Write = Callable[[str, str], Template]


def read(path: Path, **parameters: str) -> Template:
    return Template(path, stack_name="s", parameters=parameters)


@pytest.fixture
def edited(tmp_path: Path) -> Write:
    """Return the sample's template with one text replaced by another."""

    def edit(old: str, new: str) -> Template:
        text = SAMPLE.read_text("utf-8")
        assert old in text
        path = tmp_path / "template.yaml"
        path.write_text(text.replace(old, new))
        for folder in ("functions", "layers", "statemachine"):
            (tmp_path / folder).symlink_to(SAMPLE.parent / folder)
        return read(path)

    return edit


def test_every_type_is_treated_in_one_way() -> None:
    assert not CREATED & ENACTED
    assert not IGNORED & (CREATED | ENACTED)


def test_functions_have_their_settings() -> None:
    functions = read(SAMPLE).functions

    api, classify = functions["ApiFunction"], functions["ClassifyFunction"]
    assert (api.name, api.timeout, api.memory, api.folder.name) == ("s-ApiFunction", 10.0, 256, "api")
    assert (classify.handler, classify.folder.name) == ("app.lambda_handler", "classifier")


def test_routes_have_their_scopes() -> None:
    routes = {route.key: route.scopes for route in read(SAMPLE).routes}

    assert routes == {
        "POST /v1/sessions/{session_id}/turns": ("relief/turns",),
        "GET /v1/sessions/{session_id}/context": ("relief/context.agent", "relief/context.customer"),
        "GET /v1/health": None,
    }


def test_rules_that_start_something_are_diverted_to_queues() -> None:
    targets = {target.rule: target.arn.split(":")[2] for target in read(SAMPLE).rule_targets if target.queue}

    assert targets == {"DeliverFunctionNoticed": "lambda", "ReactWorkflowNoticed": "states"}


def test_schedules_have_their_interval() -> None:
    schedules = {target.rule: target.every_seconds for target in read(SAMPLE).rule_targets if not target.queue}

    assert schedules == {"DeliverFunctionHourly": 3600, "DeliverFunctionNever": None}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rate(1 hour)", "cron(0 3 * * ? *)", r"'cron\(0 3 \* \* \? \*\)' of DeliverFunctionHourly"),
        ("AWS::CloudWatch::Alarm", "AWS::Braket::Device", r"FailureAlarm \(AWS::Braket::Device\)"),
        (
            "DefinitionUri: statemachine/react.asl.json",
            "Definition: {StartAt: A}",
            "Specify either",
        ),
        ('    Default: ""\n', "", "parameter JwtIssuer has no default"),
        ("Timeout: 10", "Timeout: !GetAtt Table.Arn", "depends on parameters alone"),
        ("DockerContext: layers/classifier", "Other: x", "ClassifyFunction names no DockerContext"),
        ("Handler: app.lambda_handler", "Hand: x", "The SAM translator refuses"),
    ],
)
def test_what_cannot_be_done_is_said(edited: Write, old: str, new: str, message: str) -> None:
    with pytest.raises(LocalStackError, match=message):
        edited(old, new)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("        RetrySeconds: !Ref RetrySeconds\n", "", r"no substitution for \$\{RetrySeconds\}"),
        ("AWS::SQS::Queue\n\n  WorkRule", "AWS::SNS::Topic\n\n  WorkRule", "moto could not create"),
    ],
)
def test_what_cannot_be_created_is_said(edited: Write, old: str, new: str, message: str) -> None:
    template = edited(old, new)
    moto = MotoBackends()

    with moto.running(), pytest.raises(LocalStackError, match=message):
        create(moto, template)


def test_a_name_made_of_parameters_is_resolved(edited: Write) -> None:
    template = edited(
        "      CodeUri: functions/detect/",
        "      FunctionName: !Sub '${AWS::StackName}-x'\n      CodeUri: functions/detect/",
    )

    assert template.functions["DetectFunction"].name == "s-x"


def test_resources_that_do_not_exist_here_have_made_up_names() -> None:
    template = read(SAMPLE, JwtIssuer="")
    moto = MotoBackends()

    with moto.running():
        resources = create(moto, template)

    assert resources.issuer == "s-UserPool"
    assert resources.audiences == ("sample",)
    assert "AWS::Cognito::UserPool" in template.ignored
