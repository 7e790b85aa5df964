"""One running stack for the contract tests that need the services around the functions."""

from collections.abc import Iterator

import pytest

from tests.local import LocalStack


@pytest.fixture(scope="package")
def stack() -> Iterator[LocalStack]:
    """The running application."""
    with LocalStack.start(
        environment={"POWERTOOLS_LOG_LEVEL": "CRITICAL"}, parameters={"ArchiveDays": "30"}
    ) as running:
        yield running
