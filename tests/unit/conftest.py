"""Fixtures of the unit tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local import LocalStack

SAMPLE = Path(__file__).parent / "local_sample" / "template.yaml"


@pytest.fixture(scope="session")
def issuer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests' own issuer of tokens is kept."""
    return tmp_path_factory.mktemp("local") / "issuer.json"


@pytest.fixture(scope="module")
def running_sample(issuer_file: Path) -> Iterator[LocalStack]:
    """The sample application, running. There is one stack at a time in a process, so no wider scope than a module."""
    with LocalStack.start(SAMPLE, issuer_file=issuer_file) as stack:
        yield stack


@pytest.fixture
def sample(running_sample: LocalStack) -> Iterator[LocalStack]:
    """The running sample, free of faults."""
    yield running_sample
    running_sample.faults.clear()
    running_sample.drain()
