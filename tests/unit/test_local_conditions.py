"""The local stack has what the template's parameters ask for, and not what they do not."""

from typing import Any

import pytest

from tests.local.conditions import holds
from tests.local.errors import LocalStackError
from tests.local.template import Template, project_template

CONDITIONS: dict[str, Any] = {
    "Named": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, ""]}]},
    "Kept": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Days"}, 0]}]},
    "Both": {"Fn::And": [{"Condition": "Named"}, {"Condition": "Kept"}]},
    "Either": {"Fn::Or": [{"Condition": "Named"}, {"Condition": "Kept"}]},
    "Elsewhere": {"Fn::Equals": [{"Fn::GetAtt": ["Table", "Arn"]}, "x"]},
    "Dangling": {"Condition": "Nowhere"},
}


@pytest.mark.parametrize(
    ("name", "days", "true"),
    [
        ("", "0", set()),
        ("a", "0", {"Named", "Either"}),
        ("", "7", {"Kept", "Either"}),
        ("a", "7", {"Named", "Kept", "Both", "Either"}),
    ],
)
def test_conditions_follow_from_parameters(name: str, days: str, true: set[str]) -> None:
    """Given values of parameters, then those conditions hold that CloudFormation says hold."""
    parameters = {"Name": name, "Days": days}
    found = {one for one in ("Named", "Kept", "Both", "Either") if holds(one, CONDITIONS, parameters)}
    assert found == true


@pytest.mark.parametrize("name", ["Elsewhere", "Dangling"])
def test_what_depends_on_more_is_refused(name: str) -> None:
    """Given a condition on what is no parameter, then the message names it."""
    with pytest.raises(LocalStackError, match=name):
        holds(name, CONDITIONS, {})


@pytest.mark.parametrize(("days", "there"), [("0", False), ("30", True)])
def test_the_archive_is_there_when_it_is_asked_for(days: str, there: bool) -> None:  # noqa: FBT001 - a case
    """Given a life of archived decisions, then function, follower and delivery stream exist, else none of them."""
    template = Template(project_template(), stack_name="one", parameters={"ArchiveDays": days})
    assert ("ArchiveFunction" in template.functions) is there
    assert ("ArchiveFunction" in {source.function for source in template.stream_sources}) is there
    assert bool(template.delivery_streams()) is there


def test_what_cloudformation_leaves_out_is_not_set() -> None:
    """Given a variable without a value, then no function of the stack has it: on AWS it would point nowhere."""
    template = Template(project_template(), stack_name="one", parameters={})
    assert all("AWS_ENDPOINT_URL" not in function.environment for function in template.functions.values())
