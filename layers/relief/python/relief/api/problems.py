"""Errors to RFC 9457 problem documents: the only place where an exception meets HTTP."""

from relief.contracts.problem import Problem
from relief.errors import ReliefError

MEDIA_TYPE = "application/problem+json"


def describe_problem(error: ReliefError) -> Problem:
    """Return the problem document of an error."""
    return Problem(
        type=f"urn:relief:problem:{error.slug}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        errors=list(error.errors),
    )
