"""Logging, metrics and tracing, set up in one place. Nothing that a customer wrote ever passes here."""

import os

from aws_lambda_powertools import Logger, Metrics

logger = Logger(
    service=os.environ.get("POWERTOOLS_SERVICE_NAME", "relief"),
    level=os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO"),
    log_uncaught_exceptions=False,
)

metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Relief"), service="relief")
"""CloudWatch metrics in the embedded format; their one dimension is the service."""
