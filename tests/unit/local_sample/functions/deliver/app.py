"""The deliver function of the sample: consumes the work queue and events, fails for what is marked as broken."""

import json
import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Record each delivery in the table; report broken messages as batch item failures."""
    if "Records" not in event:
        _record("EVENT", event["detail"]["id"])
        return {}
    failures = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        session_id = body.get("detail", body)["session_id"]
        if session_id.startswith("broken"):
            failures.append({"itemIdentifier": record["messageId"]})
        else:
            _record("DELIVERED", session_id)
    return {"batchItemFailures": failures}


def _record(kind: str, name: str) -> None:
    dynamodb.put_item(TableName=os.environ["TABLE_NAME"], Item={"pk": {"S": kind}, "sk": {"S": name}})
