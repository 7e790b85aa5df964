"""RFC 9457 problem documents: the body of every error answer."""

from pydantic import Field

from relief.contracts.model import Contract


class FieldProblem(Contract):
    """One field that could not be accepted, and why."""

    field: str = Field(description="Path of the field, such as `telemetry[3].kind`.")
    message: str


class Problem(Contract):
    """An error, as ``application/problem+json``."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []
