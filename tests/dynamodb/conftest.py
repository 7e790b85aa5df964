"""A DynamoDB Local of Amazon's, with the template's table in it."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from relief.settings import Settings
from tests.local.sam import translate
from tests.local.template import project_template

ENGINE = os.environ.get("DYNAMODB_LOCAL", "")
"""The folder with DynamoDBLocal.jar; without it, nothing here is collected."""

collect_ignore_glob = [] if ENGINE else ["test_*.py"]
_START_SECONDS = 30


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the running engine answers. Clients of the code under test find it through their environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path_factory.mktemp("dynamodb") / "log").open("w")
    command = ["java", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory"]
    engine = subprocess.Popen([*command, "-port", str(port)], cwd=Path(ENGINE), stdout=log, stderr=log)  # noqa: S603
    settings = {
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, value)
        try:
            _wait_for(boto3.client("dynamodb"))
            yield settings["AWS_ENDPOINT_URL_DYNAMODB"]
        finally:
            engine.terminate()
            engine.wait(10)
            log.close()


def _wait_for(client: Any) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            client.list_tables()
        except (BotoCoreError, ClientError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


@pytest.fixture
def client(endpoint: str) -> Any:
    """A client of the running engine."""
    return boto3.client("dynamodb", endpoint_url=endpoint)


@pytest.fixture
def settings(client: Any, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings that name a table of the test's own, made as the template says."""
    resource = translate(project_template(), {})[1]["Table"]["Properties"]
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)[:200]
    asked = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    client.create_table(TableName=name, **{key: resource[key] for key in asked})
    client.update_time_to_live(TableName=name, TimeToLiveSpecification=resource["TimeToLiveSpecification"])
    yield Settings(table_name=name)
    client.delete_table(TableName=name)
