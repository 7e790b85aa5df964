"""What SAM built, the local stack in a process of its own, and SAM's own servers before containers."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from samtranslator.yaml_helper import yaml_parse

from relief.integrations.signature import sign
from tests.local.archive import create_archive

ROOT: Final = Path(__file__).resolve().parents[2]
BUILD: Final = Path(os.environ.get("SAM_BUILD", ""))
"""The folder that `sam build` wrote; without it, nothing here is collected (see `make test-sam`)."""

collect_ignore_glob = [] if os.environ.get("SAM_BUILD") else ["test_*.py"]

_SAM: Final = ROOT / ".venv-sam" / "bin" / "sam"
_REGION: Final = "us-east-1"
_START_SECONDS: Final = 60
# In the emulator the first call includes the start, which Lambda gives ten seconds of its own.
_PATIENT_SECONDS: Final = 60

GATEWAY: Final = "host.docker.internal:host-gateway"

FOLDERS: Final = {
    **{f"{path.parent.name.capitalize()}Function": path.parent for path in sorted(ROOT.glob("functions/*/app.py"))},
    "ClassifyFunction": ROOT / "layers" / "classifier",
}
"""Every function's folder, by its logical id."""


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def docker(*arguments: str) -> str:
    """Run Docker's command line, and return what it prints."""
    done = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)  # noqa: S603, S607
    return done.stdout.strip()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers anything at all."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            try:
                urllib.request.urlopen(url, timeout=_START_SECONDS).close()  # noqa: S310 - a server of this module
            except urllib.error.HTTPError as refusal:
                refusal.close()
            return
        time.sleep(0.2)
    pytest.fail(f"{url} does not answer: {log.read_text('utf-8')}")


@contextlib.contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the end of the block; SAM removes its containers when it is interrupted."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)  # noqa: S603 - our own
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def names() -> dict[str, str]:
    """Return what tests/local/env.json sets."""
    values: dict[str, str] = json.loads((ROOT / "tests/local/env.json").read_text("utf-8"))["Parameters"]
    return values


class Stack:
    """The local stack, which the functions in the containers call."""

    def __init__(self, base_url: str, endpoint_url: str) -> None:
        self.base_url = base_url
        self.endpoint_url = endpoint_url

    def client(self, service: str) -> Any:
        """Return a boto3 client that talks to the stack as the containers do: over HTTP."""
        return client(service, self.endpoint_url)


def client(service: str, endpoint_url: str) -> Any:
    """Return a boto3 client for an endpoint on this machine."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint_url,
        region_name=_REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(read_timeout=120, retries={"max_attempts": 0}),
    )


def address_for_containers() -> str:
    """Return the address of this machine that containers know as host.docker.internal."""
    image = image_of("ClassifyFunction")
    lines = docker("run", "--rm", "--add-host", GATEWAY, "--entrypoint", "cat", image, "/etc/hosts").splitlines()
    address = next(line.split()[0] for line in lines if line.endswith("host.docker.internal"))
    with socket.socket() as trial:
        try:
            trial.bind((address, 0))
        except OSError:
            # Docker runs in a machine of its own, which passes on what listens here.
            return "127.0.0.1"
    return address


def image_of(name: str) -> str:
    """Return the name of the image that SAM built from the project's Dockerfile."""
    template = yaml_parse((BUILD / "template.yaml").read_text("utf-8"))
    return str(template["Resources"][name]["Properties"]["ImageUri"])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The local stack, as `python -m tests.local serve` starts it, where containers can reach it."""
    log = tmp_path_factory.mktemp("stack") / "log"
    host = address_for_containers()
    command = [sys.executable, "-m", "tests.local", "serve", "--port", "0", "--aws-port", "0", "--aws-host", host]
    with running(command, log) as process:
        deadline = time.monotonic() + _START_SECONDS
        while "Running" not in (text := log.read_text("utf-8")):
            assert process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.2)
        found = dict(re.findall(r"(HTTP API|AWS's interfaces)\s+(http://\S+)", text))
        stack = Stack(found["HTTP API"], found["AWS's interfaces"])
        create_archive(stack.client("firehose"), stack.client("s3"), [names()["ARCHIVE_STREAM"]])
        yield stack


@pytest.fixture(scope="session")
def env_file(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tests/local/env.json with the port that the stack took."""
    text = (ROOT / "tests/local/env.json").read_text("utf-8")
    port = stack.endpoint_url.rpartition(":")[2]
    path = tmp_path_factory.mktemp("environment") / "env.json"
    path.write_text(text.replace("host.docker.internal:8001", f"host.docker.internal:{port}"), "utf-8")
    return path


@pytest.fixture(scope="session")
def sam_arguments(env_file: Path) -> list[str]:
    """What every command of `sam local` gets: the built template, with more time for each function."""
    template = (BUILD / "template.yaml").read_text("utf-8")
    patient = BUILD / "patient.yaml"
    patient.write_text(re.sub(r"(\n +)Timeout: \d+", rf"\1Timeout: {_PATIENT_SECONDS}", template), "utf-8")
    skip = ["--skip-pull-image"] if os.environ.get("SAM_CLI_SKIP_PULL_IMAGE") else []
    architecture = "arm64" if os.uname().machine in {"aarch64", "arm64"} else "x86_64"
    return [
        "--template",
        str(patient),
        "--env-vars",
        str(env_file),
        "--parameter-overrides",
        f"Architecture={architecture}",
        "--region",
        _REGION,
        "--add-host",
        GATEWAY,
        *skip,
    ]


def sam(*arguments: str) -> list[str]:
    """Return a command line of `sam local`."""
    return [str(_SAM), "local", *arguments]


@pytest.fixture(scope="session")
def start_lambda(sam_arguments: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Lambda client whose functions run in containers: `sam local start-lambda`."""
    log, port = tmp_path_factory.mktemp("lambda") / "log", free_port()
    command = sam("start-lambda", *sam_arguments, "--warm-containers", "LAZY", "--port", str(port))
    with running(command, log) as process:
        wait_for(f"http://127.0.0.1:{port}/", process, log)
        yield client("lambda", f"http://127.0.0.1:{port}")


@pytest.fixture(scope="session")
def start_api(sam_arguments: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the HTTP API answers with functions in containers: `sam local start-api`."""
    log, port = tmp_path_factory.mktemp("api") / "log", free_port()
    command = sam("start-api", *sam_arguments, "--warm-containers", "LAZY", "--port", str(port))
    with running(command, log) as process:
        wait_for(f"http://127.0.0.1:{port}/v1/health", process, log)
        yield f"http://127.0.0.1:{port}"


def event_of(name: str, stack: Stack) -> Any:
    """Return a function's event.json, signed where the function reads signed requests."""
    event = json.loads((FOLDERS[name] / "event.json").read_text("utf-8"))
    if name == "WebhooksFunction":
        event["headers"] |= signature_of(event["body"].encode(), stack)
    return event


def signature_of(body: bytes, stack: Stack) -> dict[str, str]:
    """Return the headers that a sender who knows the stack's key puts before this body."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=names()["WEBHOOK_SECRET_ID"])["SecretString"]
    timestamp = str(int(time.time()))
    return {
        "x-relief-timestamp": timestamp,
        "x-relief-signature": sign(json.loads(secret)["signing_key"], timestamp, body),
    }


_FIGURES: Final[dict[str, dict[str, float]]] = {}


@pytest.fixture(scope="session")
def figures() -> dict[str, dict[str, float]]:
    """What was measured, by function; the summary shows it."""
    return _FIGURES


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was measured, and keep it beside what was built."""
    if not _FIGURES:
        return
    (BUILD / "figures.json").write_text(json.dumps(_FIGURES, indent=2), "utf-8")
    columns = list(next(iter(_FIGURES.values())))
    terminalreporter.write_sep("-", "how functions start")
    terminalreporter.write_line("".join(f"{title:>18}" for title in ["function", *columns]))
    for name, row in _FIGURES.items():
        cells = [name.removesuffix("Function"), *row.values()]
        terminalreporter.write_line("".join(f"{cell:>18}" for cell in cells))
