"""tests/local/env.json leads the containers of `sam local` to the resources of the local stack."""

import json
from pathlib import Path

from tests.local import LocalStack

ENV_FILE = Path(__file__).resolve().parents[1] / "local" / "env.json"


def test_the_file_names_what_the_stack_has(stack: LocalStack) -> None:
    """Given the file, then each of its values is what the stack's functions get, but for the endpoint, which they lack."""
    named = json.loads(ENV_FILE.read_text("utf-8"))["Parameters"]
    assert named.pop("AWS_ENDPOINT_URL") == "http://host.docker.internal:8001"
    environments = [function.environment for function in stack.resources.functions]
    assert all("AWS_ENDPOINT_URL" not in environment for environment in environments), "it must not be set on AWS"
    values = {name: value for environment in environments for name, value in environment.items()}
    assert {name: values[name] for name in named} == named


def test_no_variable_that_names_a_resource_is_missing(stack: LocalStack) -> None:
    """Given every function's environment, then what names a resource of this stack is in the file."""
    named = json.loads(ENV_FILE.read_text("utf-8"))["Parameters"]
    for function in stack.resources.functions:
        needed = {name for name, value in function.environment.items() if stack.template.stack_name in value}
        assert needed <= set(named), function.name
