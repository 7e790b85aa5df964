"""Who answers the turns of a trial: here the stages in this process; a running API and a baseline are beside it."""

from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Final, Protocol

from pydantic import SecretBytes

from relief.api.turns import TurnService
from relief.contracts.decision import TurnResponse
from relief.contracts.events import HandoffChanged, Lapse
from relief.contracts.turn import TurnRequest
from relief.detect.replay import Classify
from relief.errors import ReliefError
from relief.measure.gold import GoldConversation
from relief.measure.staging import StagedEvent
from relief.measure.trial.memory import MemoryTable, StagesInProcess
from relief.privacy.redact import redact
from relief.privacy.references import ReferenceKeys
from relief.route.desk import Desk, Signed
from relief.settings import Settings

_FIRST_MOMENT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_PAUSE_SECONDS: Final = 30
_KEY_BYTES: Final = 32
_INCIDENT_DAYS: Final = 30
"""Life of a staged incident in this process: longer than any conversation, unlike what the API allows."""


class TurnRefused(ReliefError):
    """A turn of a conversation got no answer; the message says why."""


class TurnRunner(Protocol):
    """Answers the turns of conversations, one after the other."""

    def begin(self, session_id: str) -> None:
        """Begin a conversation. What earlier ones left behind is forgotten."""

    def take(self, turn: TurnRequest) -> TurnResponse:
        """Return the answer to the next turn.

        Raises:
            TurnRefused: there is none.
        """

    def stage(self, event: StagedEvent) -> None:
        """Let something happen just before the next turn. A desk has nothing to report where nobody was brought in.

        Raises:
            TurnRefused: it cannot happen.
        """

    def stored(self) -> str | None:
        """Return everything that is stored of the conversation as text; ``None`` where that cannot be seen."""


def play(conversation: GoldConversation, runner: TurnRunner) -> list[TurnResponse]:
    """Return the answers to a whole conversation. Whatever incident it leaves active is ended.

    Raises:
        TurnRefused: a turn got no answer, or an event could not happen.
    """
    runner.begin(conversation.session_id)
    active: dict[str, StagedEvent] = {}
    answers = []
    try:
        for number, turn in enumerate(conversation.turns, 1):
            for event in conversation.events_before(number):
                runner.stage(event)
                if event.declare is not None:
                    name = event.declare.incident_id
                    active[name] = StagedEvent(before_turn=number, end=name)
                active.pop(event.end or "", None)
            answers.append(runner.take(turn))
    finally:
        for event in active.values():
            runner.stage(event)
    return answers


class _NobodyIsTold:
    """The messenger where there is no bus: the next turn tells the customer."""

    def publish(self, change: HandoffChanged) -> bool:  # noqa: ARG002 - a port's
        """Take a change, and tell nobody."""
        return True

    def remind(self, queue: str, lapse: Lapse, seconds: int) -> None:
        """Remind nobody: an offer that has lapsed is seen by the turn after it."""


class InProcessRunner:
    """Relief's own turn service, stages and store logic, with a table in memory: no container, no network.

    The clock is the conversation's: a turn's ``at``, or half a minute after the turn before.
    """

    def __init__(self, classify: Classify) -> None:
        """Keep the classifier, which answers ``None`` where there is no model."""
        self._classify = classify
        self.begin("")

    def begin(self, session_id: str) -> None:
        """Begin a conversation with an empty table."""
        settings = Settings(table_name="table")
        self._session_id = session_id
        self._now: datetime | None = None
        self._table = MemoryTable()
        workflow = StagesInProcess(settings, self._table, self._classify)
        keys = ReferenceKeys(current="k1", keys={"k1": SecretBytes(token_bytes(_KEY_BYTES))})
        self._service = TurnService(settings, lambda: keys, self._table, workflow, self._table)
        self._desk = Desk(settings, self._table, _NobodyIsTold())
        self._staged: list[StagedEvent] = []
        self._handoff_id = ""
        self._events = 0

    def take(self, turn: TurnRequest) -> TurnResponse:
        """Return the answer to the next turn.

        Raises:
            TurnRefused: the service refuses it.
        """
        following = self._now + timedelta(seconds=_PAUSE_SECONDS) if self._now else _FIRST_MOMENT
        self._now = max(turn.at or following, self._now or datetime.min.replace(tzinfo=UTC))
        try:
            for event in self._staged:
                self._happen(event, self._now)
            self._staged = []
            body = turn.model_dump_json(exclude_none=True).encode()
            answer = self._service.accept(self._session_id, body, self._now)
        except ReliefError as error:
            raise TurnRefused(error.detail, error.errors) from error
        self._handoff_id = answer.handoff.handoff_id if answer.handoff else self._handoff_id
        return answer

    def stage(self, event: StagedEvent) -> None:
        """Let something happen at the moment of the next turn, before it."""
        self._staged.append(event)

    def _happen(self, event: StagedEvent, now: datetime) -> None:
        if event.declare is not None:
            self._table.declare(event.declare.active(now, now + timedelta(days=_INCIDENT_DAYS)))
        if event.end is not None:
            self._table.end(event.end)
        if event.desk is not None and self._handoff_id:
            self._events += 1
            reported = event.desk.event(f"e{self._events}")
            note = redact(reported.note).text if reported.note else None
            self._desk.take(self._handoff_id, Signed(reported.model_copy(update={"note": note})), now)

    def stored(self) -> str | None:
        """Return the table's items as JSON."""
        return self._table.as_text()
