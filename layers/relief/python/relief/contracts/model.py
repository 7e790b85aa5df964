"""The base of every contract model and the constrained types they share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer


class Contract(BaseModel):
    """A shape that crosses a boundary: immutable, and strict about unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class LenientContract(BaseModel):
    """A stored or foreign shape: unknown fields are ignored, so that old and new versions can meet."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def format_time(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with a ``Z``, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refuse_numbers(value: object) -> object:
    if isinstance(value, bool | int | float):
        message = "a time is a text such as 2026-11-23T10:00:00Z"
        raise ValueError(message)  # noqa: TRY004 - pydantic turns this one into an answer
    return value


Time = Annotated[
    AwareDatetime,
    BeforeValidator(_refuse_numbers),
    AfterValidator(_to_utc),
    PlainSerializer(format_time, return_type=str, when_used="json"),
]
"""A moment in time, RFC 3339, kept in UTC."""

Score = Annotated[float, Field(ge=0, le=1)]
"""A calibrated probability."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""An identifier that is data: an intent, a queue, a journey, a step or a slot."""

Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+-]*$")]
"""An identifier that the caller chooses, such as ``turn_id``.

It is kept and logged as it is: choose one that is no personal data, a random one at best, never an e-mail address.
"""

Label = Annotated[str, Field(min_length=1, max_length=64)]
"""A short caller-supplied label, such as a product or a control's id."""
