"""Tables behave as DynamoDB's do, also with many writers and many items."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local import LocalStack

TABLE = "relief-local-Table"
INDEXED = "indexed"


def key(pk: str, sk: str = "x") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


@pytest.fixture(scope="module")
def indexed(running_sample: LocalStack) -> Any:
    """A client; the table "indexed" has a secondary index over owner and rank."""
    client = running_sample.client("dynamodb")
    client.create_table(
        TableName=INDEXED,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("pk", "S"), ("sk", "S"), ("owner", "S"), ("rank", "N"))
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-owner",
                "KeySchema": [
                    {"AttributeName": "owner", "KeyType": "HASH"},
                    {"AttributeName": "rank", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return client


def owned(client: Any, owner: str) -> list[tuple[str, str]]:
    found = client.query(
        TableName=INDEXED,
        IndexName="by-owner",
        KeyConditionExpression="#o = :owner",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":owner": {"S": owner}},
    )
    return [(item["pk"]["S"], item["rank"]["N"]) for item in found["Items"]]


def put(client: Any, pk: str, owner: str, rank: int) -> None:
    client.put_item(TableName=INDEXED, Item={**key(pk), "owner": {"S": owner}, "rank": {"N": str(rank)}})


def test_one_writer_wins_each_race(sample: LocalStack) -> None:
    client = sample.client("dynamodb")

    def compete(name: str) -> tuple[str, bool]:
        try:
            client.put_item(TableName=TABLE, Item=key(name), ConditionExpression="attribute_not_exists(pk)")
        except ClientError:
            return name, False
        return name, True

    names = [uuid4().hex for _ in range(40)] * 4
    with ThreadPoolExecutor(8) as pool:
        won = Counter(name for name, winner in pool.map(compete, names) if winner)

    assert set(won.values()) == {1}
    assert len(won) == 40


def test_concurrent_counters_lose_nothing(sample: LocalStack) -> None:
    client = sample.client("dynamodb")
    name = uuid4().hex

    def count(_: int) -> None:
        client.update_item(
            TableName=TABLE,
            Key=key(name),
            UpdateExpression="ADD #n :one",
            ExpressionAttributeNames={"#n": "n"},
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(50)))

    assert client.get_item(TableName=TABLE, Key=key(name))["Item"]["n"] == {"N": "50"}


def test_a_cancelled_transaction_leaves_nothing(indexed: Any) -> None:
    put(indexed, "kept", "old", 1)

    with pytest.raises(ClientError) as error:
        indexed.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": INDEXED, "Item": {**key("new"), "owner": {"S": "x"}, "rank": {"N": "1"}}}},
                {
                    "Update": {
                        "TableName": INDEXED,
                        "Key": key("kept"),
                        "UpdateExpression": "SET #o = :x",
                        "ExpressionAttributeNames": {"#o": "owner"},
                        "ExpressionAttributeValues": {":x": {"S": "x"}},
                    }
                },
                {
                    "ConditionCheck": {
                        "TableName": INDEXED,
                        "Key": key("nothing"),
                        "ConditionExpression": "attribute_exists(pk)",
                    }
                },
            ]
        )

    reasons = [reason["Code"] for reason in error.value.response["CancellationReasons"]]
    assert reasons == ["None", "None", "ConditionalCheckFailed"]
    assert "Item" not in indexed.get_item(TableName=INDEXED, Key=key("new"))
    assert indexed.get_item(TableName=INDEXED, Key=key("kept"))["Item"]["owner"] == {"S": "old"}
    assert (owned(indexed, "x"), owned(indexed, "old")) == ([], [("kept", "1")])


def test_an_index_follows_every_kind_of_write(indexed: Any) -> None:
    put(indexed, "b", "ann", 2)
    put(indexed, "a", "ann", 1)
    assert owned(indexed, "ann") == [("a", "1"), ("b", "2")], "sorted by rank"

    indexed.update_item(
        TableName=INDEXED,
        Key=key("a"),
        UpdateExpression="SET #o = :bob",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":bob": {"S": "bob"}},
    )
    assert (owned(indexed, "ann"), owned(indexed, "bob")) == ([("b", "2")], [("a", "1")])

    indexed.delete_item(TableName=INDEXED, Key=key("b"))
    put(indexed, "a", "ann", 7)
    assert (owned(indexed, "ann"), owned(indexed, "bob")) == ([("a", "7")], [])

    indexed.update_item(
        TableName=INDEXED, Key=key("a"), UpdateExpression="REMOVE #o", ExpressionAttributeNames={"#o": "owner"}
    )
    assert owned(indexed, "ann") == []


def test_binary_values_come_back_as_they_were(sample: LocalStack) -> None:
    client = sample.client("dynamodb")
    client.put_item(TableName=TABLE, Item={**key("bytes"), "b": {"B": b"\x00\xff\x10"}})

    assert client.get_item(TableName=TABLE, Key=key("bytes"))["Item"]["b"]["B"] == b"\x00\xff\x10"


def test_a_query_pages(sample: LocalStack) -> None:
    client = sample.client("dynamodb")
    for number in range(5):
        client.put_item(TableName=TABLE, Item=key("paged", str(number)))

    pages = client.get_paginator("query").paginate(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "paged"}},
        ScanIndexForward=False,
        PaginationConfig={"PageSize": 2},
    )

    assert [[item["sk"]["S"] for item in page["Items"]] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]


def test_time_does_not_grow_with_the_table(indexed: Any) -> None:
    def seconds() -> float:
        started = time.perf_counter()
        for number in range(20):
            owned(indexed, "ann")
            indexed.query(
                TableName=INDEXED,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": "one"}},
            )
            item = {**key("one", str(number)), "owner": {"S": "z"}, "rank": {"N": "1"}}
            indexed.transact_write_items(TransactItems=[{"Put": {"TableName": INDEXED, "Item": item}}])
        return time.perf_counter() - started

    seconds()
    small = seconds()
    for number in range(1500):
        put(indexed, f"many-{number}", f"owner-{number}", number)

    # moto alone takes more than twenty times as long then.
    assert seconds() < 4 * small + 0.2


def test_an_update_does_all_that_its_expression_says(sample: LocalStack) -> None:
    client = sample.client("dynamodb")
    client.put_item(TableName=TABLE, Item={**key("updated"), "old": {"S": "x"}, "n": {"N": "1"}, "l": {"L": []}})
    update = {
        "TableName": TABLE,
        "Key": key("updated"),
        "UpdateExpression": (
            "SET #a = if_not_exists(#a, :zero), l = list_append(l, :more), m = :m, n = n + :one REMOVE #old ADD s :set"
        ),
        "ExpressionAttributeNames": {"#a": "a", "#old": "old"},
        "ExpressionAttributeValues": {
            ":zero": {"N": "0"},
            ":one": {"N": "1"},
            ":more": {"L": [{"S": "y"}]},
            ":m": {"M": {"inner": {"BOOL": True}}},
            ":set": {"SS": ["red"]},
        },
    }

    first = client.update_item(**update, ReturnValues="ALL_NEW")["Attributes"]
    client.transact_write_items(TransactItems=[{"Update": update}])
    second = client.get_item(TableName=TABLE, Key=key("updated"))["Item"]

    common = {**key("updated"), "a": {"N": "0"}, "m": {"M": {"inner": {"BOOL": True}}}, "s": {"SS": ["red"]}}
    assert first == {**common, "n": {"N": "2"}, "l": {"L": [{"S": "y"}]}}
    assert second == {**common, "n": {"N": "3"}, "l": {"L": [{"S": "y"}] * 2}}


def test_a_wrong_update_is_refused_each_time(sample: LocalStack) -> None:
    client = sample.client("dynamodb")
    for _ in range(2):
        with pytest.raises(ClientError, match="ValidationException"):
            client.update_item(TableName=TABLE, Key=key("updated"), UpdateExpression="SET pk = missing AND more")
