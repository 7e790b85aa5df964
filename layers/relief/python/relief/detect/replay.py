"""Detect whole conversations at once: each row's history is replayed as the earlier turns of a session."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from relief.contracts.context import DetectedTurn, SessionContext
from relief.contracts.signals import Classification
from relief.contracts.turn import MAX_TEXT_CHARACTERS, BotReport, TelemetryItem, TurnRequest
from relief.contracts.vocabulary import Channel
from relief.detect.remember import remember_observation
from relief.detect.turn import detect_turn

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Replayed sessions have no clock of their own; a fixed one keeps runs identical."""


Classify = Callable[[str, str], Classification | None]
"""Classifies a message that comes after what was said last; ``None`` where there is no classifier."""


class Speaker(StrEnum):
    """Who said a line of the history."""

    customer = "customer"
    agent = "agent"
    bot = "bot"


class Line(BaseModel):
    """One line of the conversation before the row's text."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    speaker: Speaker
    text: str = ""


class Row(BaseModel):
    """One row of the batch command. Texts over the turn limit are read up to it."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    id: str
    text: str | None = ""
    history: list[Line] | None = None
    telemetry: Annotated[list[TelemetryItem], Field(max_length=200)] | None = None
    locale: Annotated[str, Field(max_length=35)] = "en-US"


def detect_row(row: Row, classify: Classify) -> DetectedTurn:
    """Replay a row's history and detect its text. Each turn is classified, the earlier ones too, as in service."""
    context = SessionContext(
        session_id="replay",
        created_at=_EPOCH,
        updated_at=_EPOCH,
        expires_at=_EPOCH + timedelta(days=1),
        channel=Channel.web_chat,
    )
    said: list[str] = []
    for line in row.history or []:
        if line.speaker is not Speaker.customer:
            said.append(line.text)
            continue
        turn = _turn(row, line.text, said, [])
        context = remember_observation(context, turn, _detect(turn, context, classify))
        said = []
    return _detect(_turn(row, row.text or "", said, row.telemetry or []), context, classify)


def answer(row: Row, classify: Classify) -> dict[str, Any]:
    """Return the row's answer in the batch command's format."""
    detected = detect_row(row, classify)
    return {
        "id": row.id,
        "signals": detected.signals.scores(),
        "intent": {"name": detected.intent.name, "confidence": detected.intent.confidence},
        "evidence": sorted(detected.signals.codes()),
    }


def _detect(turn: TurnRequest, context: SessionContext, classify: Classify) -> DetectedTurn:
    said = turn.bot.said if turn.bot else None
    return detect_turn(turn, context, classify(turn.text or "", said or ""))


def _turn(row: Row, text: str, said: list[str], telemetry: list[TelemetryItem]) -> TurnRequest:
    """Build a turn without validating it again: a replayed line may be empty or hold any characters."""
    spoken = "\n".join(said)[:MAX_TEXT_CHARACTERS]
    return TurnRequest.model_construct(
        turn_id="replay",
        channel=Channel.web_chat,
        locale=row.locale,
        text=text[:MAX_TEXT_CHARACTERS],
        telemetry=telemetry,
        bot=BotReport.model_construct(said=spoken) if spoken else None,
    )
