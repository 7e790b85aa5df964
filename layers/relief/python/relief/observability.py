"""Logging, metrics and tracing, set up in one place. Nothing that a customer wrote ever passes here."""

import os
from collections.abc import Mapping

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

logger = Logger(
    service=os.environ.get("POWERTOOLS_SERVICE_NAME", "relief"),
    level=os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO"),
    log_uncaught_exceptions=False,
)

metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Relief"), service="relief")
"""CloudWatch metrics in the embedded format; their one dimension is the service."""


def emit_counts(counts: Mapping[str, float]) -> None:
    """Publish counts at once, by themselves."""
    batch = EphemeralMetrics(namespace=metrics.namespace, service=logger.service)
    for name, value in counts.items():
        batch.add_metric(name=name, unit=MetricUnit.Count, value=value)
    batch.flush_metrics()
