"""How each function starts in Lambda's runtime interface emulator, with its declared requirements alone."""

import json
import statistics
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.sam.conftest import BUILD, FOLDERS, GATEWAY, Stack, docker, event_of

BASE: Final = "public.ecr.aws/lambda/python:3.13"
_TEMPLATE: Final = yaml_parse((BUILD / "template.yaml").read_text("utf-8"))
_WARM_CALLS: Final = 15
_MOST_SECONDS: Final = 5.0
"""Of processor time until the first answer. Lambda gives a start ten seconds."""
_MOST_OF_MEMORY: Final = 0.6
# The runtime's process is the one that runs the image's own Python; what is asked here runs in the same image.
_PROCESS: Final = """
import json, os, pathlib, re
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        command = (folder / "cmdline").read_bytes().split(b"\\0")
        if int(folder.name) == os.getpid() or not command[0].startswith(b"/var/lang/bin/python"):
            continue
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        peak = re.search(r"VmHWM:\\s+(\\d+)", (folder / "status").read_text())
    except FileNotFoundError:
        continue
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    print(json.dumps({"seconds": seconds, "peak_mib": int(peak[1]) / 1024}))
"""


def memory_of(name: str) -> int:
    """Return a function's memory, MiB."""
    return int(_TEMPLATE["Resources"][name]["Properties"].get("MemorySize", 512))


def command_of(name: str) -> list[str]:
    """Return what Docker needs to know of a function: image, code, layer."""
    properties = _TEMPLATE["Resources"][name]["Properties"]
    if properties.get("PackageType") == "Image":
        return [str(properties["ImageUri"])]
    code = ["--volume", f"{(BUILD / name).resolve()}:/var/task:ro"]
    layer = ["--volume", f"{(BUILD / 'ReliefLayer').resolve()}:/opt:ro"]
    return [*code, *layer, BASE, str(properties["Handler"])]


@contextmanager
def emulated(name: str, env_file: Path) -> Iterator[tuple[str, str]]:
    """Run a function in the emulator, which starts it at the first call; yield the container and where to post to."""
    values = json.loads(env_file.read_text("utf-8"))["Parameters"]
    own = _TEMPLATE["Resources"][name]["Properties"]["Environment"]["Variables"]
    values |= {key: value for key, value in own.items() if isinstance(value, str)}
    values |= {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    variables = [part for key, value in values.items() for part in ("--env", f"{key}={value}")]
    limits = ["--memory", f"{memory_of(name)}m", "--add-host", GATEWAY]
    container = docker("run", "--detach", "--publish", "127.0.0.1::8080", *limits, *variables, *command_of(name))
    try:
        address = docker("port", container, "8080/tcp").splitlines()[0]
        yield container, f"http://{address}/2015-03-31/functions/function/invocations"
    finally:
        docker("rm", "--force", container)


def post(url: str, event: Any) -> tuple[float, Any]:
    """Invoke the function, and return how long that took, milliseconds, and its answer."""
    request = urllib.request.Request(url, data=json.dumps(event).encode())  # noqa: S310 - a container of these tests
    deadline = time.monotonic() + 60
    while True:
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                content = json.load(answer)
            return (time.perf_counter() - began) * 1000, content
        except (ConnectionError, urllib.error.URLError):
            # The emulator itself takes a moment to listen.
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_function_starts_in_time_and_has_room(
    name: str, stack: Stack, env_file: Path, figures: dict[str, dict[str, float]]
) -> None:
    """Given a cold function, when it is called, then it answers within its start's budget and its memory."""
    event = event_of(name, stack)
    with emulated(name, env_file) as (container, url):
        first, answer = post(url, event)
        assert "errorType" not in answer, answer
        start = json.loads(docker("exec", container, "python", "-c", _PROCESS))
        warm = [post(url, event)[0] for _ in range(_WARM_CALLS)]
        peak = json.loads(docker("exec", container, "python", "-c", _PROCESS))["peak_mib"]
    figures[name] = {
        "start_cpu_s": round(start["seconds"], 2),
        "first_answer_ms": round(first),
        "warm_p50_ms": round(statistics.median(warm), 1),
        "peak_mib": round(peak),
        "memory_mib": memory_of(name),
    }
    assert start["seconds"] <= _MOST_SECONDS
    assert peak <= _MOST_OF_MEMORY * memory_of(name)
