"""The API function of the sample: starts the workflow for a turn, echoes the event for everything else."""

import json
import os
from typing import Any

import boto3

workflow = boto3.client("stepfunctions")


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of the HTTP API."""
    if event["routeKey"].endswith("/turns"):
        turn = json.loads(event["body"]) | event["pathParameters"]
        execution = workflow.start_sync_execution(stateMachineArn=os.environ["WORKFLOW_ARN"], input=json.dumps(turn))
        return {
            "statusCode": 200,
            "headers": {"content-type": "application/json"},
            "body": json.dumps({"status": execution["status"], "output": json.loads(execution.get("output", "null"))}),
        }
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "cookies": ["seen=1"],
        "body": json.dumps({"event": event, "function": context.function_name, "request_id": context.aws_request_id}),
    }
