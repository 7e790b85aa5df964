"""Requests at the same time do not see each other's data in the Powertools' event handler."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.metrics import MetricUnit

from tests.local.powertools_state import metrics_unread, powertools_per_thread

app = APIGatewayHttpResolver()


@app.get("/things/<name>")
def read_thing(name: str) -> dict[str, Any]:
    before = app.current_event.path
    time.sleep(0.02)
    return {"name": name, "before": before, "after": app.current_event.path, "context": app.lambda_context}


def event(name: str) -> dict[str, Any]:
    path = f"/things/{name}"
    http = {"method": "GET", "path": path}
    return {"version": "2.0", "rawPath": path, "headers": {}, "requestContext": {"http": http, "stage": "$default"}}


def answer(name: str) -> str:
    context: Any = name
    return str(app.resolve(event(name), context)["body"])


def expected(name: str) -> str:
    return f'{{"name":"{name}","before":"/things/{name}","after":"/things/{name}","context":"{name}"}}'


def test_each_request_has_its_own_event_and_parameters() -> None:
    names = [f"n{number}" for number in range(64)]
    with powertools_per_thread(), ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(answer, names))

    assert answers == [expected(name) for name in names]


def test_alone_the_powertools_mix_them() -> None:
    """A canary: once this fails, powertools_state.py can go."""
    names = [f"n{number}" for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        running = [pool.submit(answer, name) for name in names]

    mixed = [
        future
        for future, name in zip(running, names, strict=True)
        if future.exception() or future.result() != expected(name)
    ]
    assert mixed


def test_metrics_that_nobody_reads_are_neither_kept_nor_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")
    metrics = Metrics(namespace="Test", service="test")
    with metrics_unread():
        for _ in range(250):
            metrics.add_metric(name="Turns", unit=MetricUnit.Count, value=1)
        metrics.flush_metrics()

    assert capsys.readouterr().out == ""
    assert metrics.metric_set == {}


def test_metrics_that_are_switched_on_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    metrics = Metrics(namespace="Test", service="test")
    with metrics_unread():
        metrics.add_metric(name="Turns", unit=MetricUnit.Count, value=1)
        metrics.flush_metrics()

    assert json.loads(capsys.readouterr().out)["Turns"] == [1.0]
