"""Accept one customer turn: validate, redact, run the workflow, and answer whatever happens."""

import hmac
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from relief.api.facts import keep_facts
from relief.api.parachute import pack_parachute
from relief.api.requests import parse_body, parse_document
from relief.contracts.decision import TurnResponse
from relief.contracts.model import Contract, Identifier
from relief.contracts.prompts import PromptReference
from relief.contracts.states import ClassifyInput, TurnExecution, TurnKeys, TurnOutcome
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, Owner, Part
from relief.decide.texts import texts_for
from relief.errors import DataFileInvalid, TurnConflict
from relief.observability import logger
from relief.privacy.references import CUSTOMER, ReferenceKeys
from relief.privacy.turn import redact_turn
from relief.settings import Settings
from relief.store.items import epoch_seconds
from relief.store.keys import (
    Key,
    context_key,
    context_key_in,
    decision_id,
    incidents_partition_for,
    record_key,
    session_partition,
)
from relief.store.ports import Before, DecisionStore, LastResort, TurnWorkflow, WorkflowUnavailable
from relief.summarise.prompts import name_prompt

_TURN = "turn"
_NO_HASH = ""
_FORGETFUL: Final = frozenset({Part.remember, Part.workflow, Part.announce})

_LAST_STEP_SECONDS: Final = 6.8
"""How long after its beginning a turn that fails open still turns to the table.

A table that does not answer takes two seconds to be given up, and a caller waits for nine in all. What is announced
without the table is written by whoever receives it (``relief.store.delivery``).
"""


class SessionPath(Contract):
    """The identifier in the path."""

    session_id: Identifier


class TurnService:
    """Everything that a turn needs, bound to one installation."""

    def __init__(
        self,
        settings: Settings,
        keys: Callable[[], ReferenceKeys | None],
        decisions: DecisionStore,
        workflow: TurnWorkflow,
        last_resort: LastResort,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the ports; nothing is called yet.

        ``keys`` gives ``None`` while the keys cannot be had; ``clock`` counts seconds.
        """
        self._settings = settings
        self._keys = keys
        self._decisions = decisions
        self._workflow = workflow
        self._last_resort = last_resort
        self._clock = clock

    def accept(self, session_id: str, body: bytes, now: datetime) -> TurnResponse:
        """Return the decision on a turn. The same turn posted again gets the same decision.

        Raises:
            RequestTooLarge, RequestNotJson, RequestInvalid: the request cannot be accepted.
            TurnConflict: ``turn_id`` was used for another turn of this session.
        """
        began = self._clock()
        session_id = parse_document({"session_id": session_id}, SessionPath).session_id
        request = parse_body(body, TurnRequest)
        keys = self._keys()
        request_hash = keys.hash(f"{session_id}\n{request.model_dump_json()}", _TURN) if keys else _NO_HASH
        before = self._find_before(session_id, request, keys, now)
        redacted = keep_facts(redact_turn(request).turn, now)
        if before.decision is not None:
            _refuse_other_body(before.decision.request_hash, request_hash)
            return _complete(before.decision.response, redacted.not_kept)
        turn = _refer(redacted.turn, request, keys)
        execution = self._prepare(session_id, turn, request_hash, before.session, now, known=keys is not None)
        try:
            outcome = self._workflow.run(execution)
        except WorkflowUnavailable:
            logger.exception("The turn workflow gave no answer; the turn fails open.")
            return _complete(self._fail_open(execution, began, now), redacted.not_kept)
        return _complete(self._conclude(outcome, request_hash), redacted.not_kept)

    def _find_before(self, session_id: str, request: TurnRequest, keys: ReferenceKeys | None, now: datetime) -> Before:
        customer = request.customer.ref if request.customer else None
        references = keys.candidates(customer) if keys and customer is not None else ()
        try:
            return self._decisions.find_before(decision_id(session_id, request.turn_id), references, now)
        except (BotoCoreError, ClientError):
            logger.warning("Earlier decisions cannot be read; the workflow will notice a repeated turn.")
            return Before()

    def _prepare(
        self,
        session_id: str,
        turn: TurnRequest,
        request_hash: str,
        last_session: str | None,
        now: datetime,
        *,
        known: bool,
    ) -> TurnExecution:
        """Return the workflow's input. ``known``: the keys for references could be read."""
        said = turn.bot.said if turn.bot else None
        decision = record_key(decision_id(session_id, turn.turn_id)) or Key("", "")
        return TurnExecution(
            session_id=session_id,
            received_at=now,
            request_hash=request_hash,
            turn=turn,
            classify=ClassifyInput(text=turn.text or "", bot_said=said or ""),
            keys=TurnKeys(
                context=context_key(session_id).typed(),
                decision=decision.typed(),
                earlier=_key_of_another(last_session, session_id),
                incidents={"S": incidents_partition_for(session_id)},
                now=str(epoch_seconds(now)),
            ),
            fallback=pack_parachute(session_id, turn, request_hash, now, self._settings),
            failed={} if known else {Part.secrets.value: True},
        )

    def _conclude(self, outcome: TurnOutcome, request_hash: str) -> TurnResponse:
        if outcome.by == "recall":
            _refuse_other_body(outcome.request_hash, request_hash)
            return outcome.response
        response = outcome.response
        down = [part for part, failed in outcome.failed.items() if failed]
        number = outcome.ownership.get("Attributes", {}).get("turn", {}).get("N")
        return response.model_copy(
            update={
                "degraded": list(dict.fromkeys([*response.degraded, *down])),
                "turn": int(number) if number is not None else response.turn,
            }
        )

    def _fail_open(self, execution: TurnExecution, began: float, now: datetime) -> TurnResponse:
        """Do by hand what the workflow's last resort would have done, and say what could not be done.

        The workflow may have come as far as to remember the turn. Then that decision stands, and all that is unknown is
        whether anybody heard of its hand-over; telling of it twice does no harm.
        """
        fallback = execution.fallback
        down = [Part.workflow]
        decided = self._find_decided(execution, began, now)
        if decided is not None and not _opens(decided):
            return decided.model_copy(update={"degraded": [*decided.degraded, *down]})
        number = decided.turn if decided else self._take_ownership(execution, began, down)
        try:
            self._last_resort.announce(fallback)
        except (BotoCoreError, ClientError):
            logger.exception("The hand-over could not be announced; the customer is told so.")
            return _admit_defeat(execution, [*down, Part.announce])
        answer = decided or _open(fallback.pending_response if number is None else fallback.response)
        degraded = list(dict.fromkeys([*answer.degraded, *down]))
        return answer.model_copy(update={"degraded": degraded, "turn": number or 0})

    def _find_decided(self, execution: TurnExecution, began: float, now: datetime) -> TurnResponse | None:
        """Return what the workflow remembered of this turn before it failed, ``None`` where that cannot be told."""
        if self._clock() - began > _LAST_STEP_SECONDS:
            return None
        identifier = decision_id(execution.session_id, execution.turn.turn_id)
        try:
            found = self._decisions.find_before(identifier, (), now).decision
        except (BotoCoreError, ClientError):
            return None
        return found.response if found and found.request_hash == execution.request_hash else None

    def _take_ownership(self, execution: TurnExecution, began: float, down: list[Part]) -> int | None:
        """Mark the session as handed over and record the hand-over, while there is time; name what cannot be done.

        Returns the turn's number, 0 where it is unknown, ``None`` where the session was handed over already.
        """
        number: int | None = 0
        try:
            if self._clock() - began <= _LAST_STEP_SECONDS:
                number = self._last_resort.take_ownership(execution.keys, execution.fallback)
            if number and self._clock() - began <= _LAST_STEP_SECONDS:
                self._last_resort.record(execution.fallback)
                return number
        except (BotoCoreError, ClientError):
            logger.exception("The hand-over could not be recorded; it is announced all the same.")
        if number is not None:
            down.append(Part.remember)
        return number


def _refer(turn: TurnRequest, request: TurnRequest, keys: ReferenceKeys | None) -> TurnRequest:
    """Return the redacted turn with the customer's keyed reference instead of the id that was posted."""
    if request.customer is None or request.customer.ref is None or turn.customer is None:
        return turn
    reference = keys.hash(request.customer.ref, CUSTOMER) if keys else None
    return turn.model_copy(update={"customer": turn.customer.model_copy(update={"ref": reference})})


def _complete(response: TurnResponse, not_kept: list[str]) -> TurnResponse:
    """Tell the caller whose values are remembered nowhere, and which prompt a model can word the answer by.

    The first follows from the request, so a repeat says the same; the second is the prompt that can be had now.
    """
    changes: dict[str, Any] = {"prompt": _prompt_for(response)}
    if not_kept:
        changes["not_kept"] = not_kept
    return response.model_copy(update={"next": response.next.model_copy(update=changes)})


def _prompt_for(response: TurnResponse) -> PromptReference | None:
    """Return the prompt for an answer's words, ``None`` where nothing may be remembered that could fill it."""
    if _FORGETFUL & set(response.degraded):
        return None
    try:
        return name_prompt(response.action)
    except DataFileInvalid:
        logger.exception("The prompts are not valid; the answer names none.")
        return None


def _key_of_another(last_session: str | None, session_id: str) -> dict[str, dict[str, str]] | None:
    """Return the key of the customer's last session, unless that is this one."""
    if last_session is None or last_session == session_partition(session_id):
        return None
    return context_key_in(last_session).typed()


def _opens(response: TurnResponse) -> bool:
    """Tell whether it is this turn that hands the conversation over."""
    handoff = response.handoff
    return handoff is not None and handoff.handoff_id.partition("_")[2] == response.decision_id.partition("_")[2]


def _open(response: str) -> TurnResponse:
    return TurnResponse.model_validate_json(response)


def _refuse_other_body(stored: str | None, posted: str) -> None:
    """Refuse a turn_id that comes with another body; a hash that could not be made refuses nothing."""
    if stored and posted and not hmac.compare_digest(stored, posted):
        message = "This turn_id was posted before with another body. Send a new turn_id for a new turn."
        raise TurnConflict(message)


def _admit_defeat(execution: TurnExecution, down: list[Part]) -> TurnResponse:
    """Answer when nobody could be told: no hand-over is promised that nobody knows of."""
    texts = texts_for(execution.turn.locale)
    response = _open(execution.fallback.response)
    spoken = response.next.model_copy(update={"say": texts.handed_over.undeliverable, "expect": ""})
    return response.model_copy(
        update={"action": Action.escalate, "owner": Owner.bot, "handoff": None, "next": spoken, "degraded": down}
    )
