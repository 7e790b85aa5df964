"""Every function in its container, by `sam local invoke` and by `sam local start-lambda`, before the local stack."""

import json
import subprocess
from typing import Any

import pytest
from pydantic import BaseModel

from relief.contracts.signals import Classification
from tests.contract.test_function_events import ANSWERS
from tests.sam.conftest import FOLDERS, ROOT, Stack, event_of, sam


def contract_of(name: str) -> type[BaseModel]:
    """Return the shape that a function's answer must have."""
    return ANSWERS.get(FOLDERS[name].name, Classification)


@pytest.mark.parametrize("name", FOLDERS)
def test_sam_local_invoke_answers_the_functions_event(
    name: str, stack: Stack, sam_arguments: list[str], tmp_path: Any
) -> None:
    """Given a function and its event.json, when SAM invokes it in a container, then the answer keeps the contract."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps(event_of(name, stack)), "utf-8")
    command = [*sam("invoke", name), "--event", str(event), *sam_arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    contract_of(name).model_validate(answer)
    assert "4111 1111 1111 1111" not in done.stdout + done.stderr, "the log or the answer has what was to be redacted"


@pytest.mark.parametrize("name", FOLDERS)
def test_start_lambda_answers_as_lambda_does(name: str, stack: Stack, start_lambda: Any) -> None:
    """Given a function that stays warm, when boto3 invokes it twice, then both answers keep the contract."""
    for _ in range(2):
        payload = json.dumps(event_of(name, stack)).encode()
        answer = json.load(start_lambda.invoke(FunctionName=name, Payload=payload)["Payload"])
        contract_of(name).model_validate(answer)


@pytest.mark.parametrize("name", ["ClassifyFunction", "DetectFunction", "DecideFunction", "RouteFunction"])
def test_nonsense_is_refused_by_name_of_field_alone(name: str, start_lambda: Any) -> None:
    """Given input that no stage knows, then the error names fields, and quotes nothing of what was sent."""
    payload = json.dumps({"text": {"a card": "4111 1111 1111 1111"}}).encode()
    answer = json.load(start_lambda.invoke(FunctionName=name, Payload=payload)["Payload"])
    assert answer["errorType"] == "StageInputInvalid"
    assert "4111" not in json.dumps(answer)
