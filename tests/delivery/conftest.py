"""One stack that delivers to one desk, which each test finds empty and well."""

from collections.abc import Iterator

import pytest

from tests.delivery.campaign import delivering_stack, empty
from tests.delivery.desk import Desk
from tests.local.stack import LocalStack

TARGETS = (
    {"name": "desk", "kind": "webhook", "queues": ["billing"]},
    {"name": "inbox", "kind": "chatwoot", "queues": ["technical"]},
    {"name": "cloud", "kind": "genesys", "queues": ["orders"]},
    {"name": "crew", "kind": "webhook", "queues": ["crisis"]},
)


@pytest.fixture(scope="package")
def server() -> Iterator[Desk]:
    """The desk's server."""
    with Desk() as desk:
        yield desk


@pytest.fixture(scope="package")
def stack(server: Desk) -> Iterator[LocalStack]:
    """The running application."""
    with delivering_stack(server, *TARGETS) as running:
        yield running


@pytest.fixture
def desk(server: Desk, stack: LocalStack) -> Iterator[Desk]:
    """The desk, empty and well, as are the queues."""
    server.forget()
    yield server
    server.cure()
    stack.drain()
    empty(stack)
