"""The local stack: the whole application on one machine, with no AWS account and no container engine.

The resources come from the project's own ``template.yaml``, the handlers from ``functions/*/app.py`` and the workflows
from ``statemachine/*.asl.json``. moto keeps the tables, queues, buses and rules and interprets the workflows; this
package adds what moto lacks: an HTTP API with real token checks, Lambda invocations, synchronous executions, event
sources, and faults that a test can inject.

Use it as a library (:class:`LocalStack`), in one process, or from the command line (``python -m tests.local serve``),
with the functions in a process of their own.
"""

from tests.local.errors import LocalStackError
from tests.local.faults import Fault
from tests.local.stack import LocalStack

__all__ = ["Fault", "LocalStack", "LocalStackError"]
