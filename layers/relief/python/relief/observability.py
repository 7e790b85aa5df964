"""Logging, metrics and tracing, set up in one place. Nothing that a customer wrote ever passes here."""

import os
from collections.abc import Mapping
from typing import Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE: Final = "Relief"
"""Of every metric that this package publishes."""

logger = Logger(
    service=os.environ.get("POWERTOOLS_SERVICE_NAME", "relief"),
    level=os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO"),
    log_uncaught_exceptions=False,
)


def emit_metrics(values: Mapping[str, float], unit: MetricUnit = MetricUnit.Count) -> None:
    """Publish figures as CloudWatch metrics, through the log (embedded metric format)."""
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=logger.service)
    for name, value in values.items():
        metrics.add_metric(name=name, unit=unit, value=value)
    metrics.flush_metrics()
