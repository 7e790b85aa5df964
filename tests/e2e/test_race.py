"""A thousand races of two writers on one session, on the stack's table."""

from relief.settings import Settings
from tests.local.stack import LocalStack
from tests.race import Arena


def test_a_thousand_races_lose_nothing_and_hand_over_once(stack: LocalStack) -> None:
    """Given 1,000 races of two writers, then every turn is remembered, and each hand-over has one request, one owner."""
    client = stack.client("dynamodb")
    (name,) = client.list_tables()["TableNames"]
    Arena(client, Settings(table_name=name)).run(races=1_000)
