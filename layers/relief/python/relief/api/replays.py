"""Try a candidate policy on stored decisions, or on records that the request brings."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from relief.api.requests import name_field, parse_body
from relief.contracts.problem import FieldProblem
from relief.contracts.replay import MAX_REPLAY_BYTES, MAX_REPLAYED, RecordedDecision, Replay, ReplayRequest
from relief.contracts.states import DecisionRecord
from relief.decide.policy import Policy
from relief.decide.replay import replay_decisions
from relief.decide.source import parse_source
from relief.errors import DataFileInvalid, RequestInvalid, Unavailable

_NAME: Final = "policy"
_MOST_PROBLEMS: Final = 20

FindDecisions = Callable[[Sequence[str], datetime], list[DecisionRecord]]


class ReplayService:
    """Replays decisions under a candidate. Nothing is written, and the policy in force stays as it is."""

    def __init__(self, find_decisions: FindDecisions) -> None:
        """Keep what finds stored decisions by their identifiers."""
        self._find = find_decisions

    def replay(self, body: bytes, now: datetime) -> Replay:
        """Return what the candidate would have decided otherwise.

        Raises:
            RequestInvalid: the policy is not valid, with line and cure, or no decision or too many are named.
            Unavailable: the table does not answer.
        """
        request = parse_body(body, ReplayRequest, MAX_REPLAY_BYTES)
        asked = len(request.decision_ids) + len(request.records)
        if not 0 < asked <= MAX_REPLAYED:
            problem = f"name stored decisions or bring records, {MAX_REPLAYED} at most together; there are {asked}"
            raise _invalid([FieldProblem(field="decision_ids", message=problem)])
        policy = read_policy(request.policy)
        identifiers = list(dict.fromkeys(request.decision_ids))
        stored = self._read(identifiers, now) if identifiers else []
        records = [RecordedDecision.model_validate(one, from_attributes=True) for one in stored] + request.records
        found = {one.decision_id for one in stored}
        missing = [one for one in identifiers if one not in found]
        return replay_decisions(records, policy).model_copy(update={"missing": missing})

    def _read(self, identifiers: Sequence[str], now: datetime) -> list[DecisionRecord]:
        try:
            return self._find(identifiers, now)
        except (BotoCoreError, ClientError) as error:
            message = "The table does not answer, so nothing was replayed. Send the same request again."
            raise Unavailable(message) from error


def read_policy(source: str | dict[str, Any]) -> Policy:
    """Return a policy that a request brings, as YAML text or as a document.

    Raises:
        RequestInvalid: it is not valid; ``errors`` says for each fault where it is and what to do.
    """
    try:
        if isinstance(source, str):
            return parse_source(source, _NAME, Policy)
        return Policy.model_validate(source)
    except DataFileInvalid as error:
        raise _invalid([_within(one) for one in error.errors]) from error
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        problems = [(name_field((_NAME, *one["loc"])), one["msg"].removeprefix("Value error, ")) for one in found]
        raise _invalid([FieldProblem(field=field, message=message) for field, message in problems]) from error


def _within(problem: FieldProblem) -> FieldProblem:
    """Return the problem with its place in the request: the text came in one field."""
    return FieldProblem(field=f"{_NAME}.{problem.field}", message=problem.message)


def _invalid(problems: list[FieldProblem]) -> RequestInvalid:
    names = ", ".join(dict.fromkeys(problem.field for problem in problems))
    return RequestInvalid(f"Check {names}.", tuple(problems[:_MOST_PROBLEMS]))
