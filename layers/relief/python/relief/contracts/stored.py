"""What is stored about a session or a customer: its export, and its erasure."""

from typing import Any

from pydantic import Field

from relief.contracts.model import LenientContract, Time


class StoredRecord(LenientContract):
    """One record as it is stored. What has expired is not shown, whether or not it is deleted yet."""

    kind: str = Field(
        description="`context`, `decision`, `delivery`, `event`, `feedback`, `handoff`, `measure`, `outcome`, `reply`."
    )
    expires_at: Time
    content: dict[str, Any]


class SessionExport(LenientContract):
    """A page of everything that is stored about a session."""

    session_id: str
    exported_at: Time
    records: list[StoredRecord]
    next: str | None = None


class Erasure(LenientContract):
    """What an erasure has done. Incomplete ones (HTTP status 202) go on when the same request comes again."""

    erased_at: Time
    complete: bool
    sessions: int = Field(description="Sessions that this request erased.")
    records: int = Field(description="Records that this request erased.")
    sessions_left: int = Field(0, description="Sessions that remain; 0 when complete.")
