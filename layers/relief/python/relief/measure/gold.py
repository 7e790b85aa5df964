"""Gold conversations: whole sessions with the decisions that a support lead would sign."""

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from relief.contracts.decision import TurnResponse
from relief.contracts.model import Contract, Identifier, Name
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action
from relief.errors import DataFileInvalid


class Kind(StrEnum):
    """The seven kinds of conversation that a gold set needs (mission, section 11)."""

    happy = "happy"
    confused = "confused"
    angry = "angry"
    ambiguous = "ambiguous"
    calm_but_must_escalate = "calm_but_must_escalate"
    upset_but_resolvable = "upset_but_resolvable"
    silent = "silent"


class Expectation(Contract):
    """What must happen in one turn, counted from 1."""

    turn: Annotated[int, Field(ge=1)]
    action: Annotated[list[Action], Field(min_length=1)]
    queue: Name | None = None


class GoldConversation(Contract):
    """One conversation of a gold set."""

    session_id: Identifier
    kind: Kind
    turns: Annotated[list[TurnRequest], Field(min_length=1)]
    expect: list[Expectation]
    facts_known: list[Name] = []
    must_escalate_by: Annotated[int, Field(ge=1)] | None = None
    must_not_escalate: bool = False

    @model_validator(mode="after")
    def _expects_existing_turns(self) -> "GoldConversation":
        last = max([one.turn for one in self.expect] + [self.must_escalate_by or 0], default=0)
        if last > len(self.turns):
            message = f"expects something in turn {last}, but there are {len(self.turns)}"
            raise ValueError(message)
        if self.must_not_escalate and self.must_escalate_by is not None:
            message = "cannot both have to escalate and be kept from it"
            raise ValueError(message)
        return self


def load_conversations(folder: Path) -> Iterator[GoldConversation]:
    """Yield every conversation of a folder's ``*.jsonl`` files, in the order of names and lines.

    Raises:
        DataFileInvalid: a line is not a gold conversation; file and line are named.
    """
    for path in sorted(folder.glob("*.jsonl")):
        yield from load_file(path)


def load_file(path: Path) -> Iterator[GoldConversation]:
    """Yield the conversations of one file, in the order of its lines.

    Raises:
        DataFileInvalid: a line is not a gold conversation; file and line are named.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield GoldConversation.model_validate(json.loads(line))
        except (ValueError, ValidationError) as error:
            message = f"{path.name}, line {number}: {error}"
            raise DataFileInvalid(message) from error


def first_escalation(answers: Sequence[TurnResponse]) -> int | None:
    """Return the turn, from 1, in which a person was first brought in; ``None`` when none was."""
    return next((number for number, answer in enumerate(answers, 1) if answer.action is Action.escalate), None)


def check_conversation(conversation: GoldConversation, answers: Sequence[TurnResponse]) -> list[str]:
    """Return what went otherwise than expected, in words; an empty list when all is well."""
    failures = []
    for expected in conversation.expect:
        answer = answers[expected.turn - 1]
        if answer.action not in expected.action:
            wanted = " or ".join(action.value for action in expected.action)
            code = answer.reasons[0].code.value
            failures.append(f"turn {expected.turn}: {answer.action.value} ({code}) instead of {wanted}")
        elif expected.queue and answer.handoff is not None and answer.handoff.queue != expected.queue:
            failures.append(f"turn {expected.turn}: queue {answer.handoff.queue} instead of {expected.queue}")
    escalated = first_escalation(answers)
    if conversation.must_not_escalate and escalated is not None:
        failures.append(f"turn {escalated}: handed over, which was not needed")
    limit = conversation.must_escalate_by
    if limit is not None and (escalated is None or escalated > limit):
        when = f"in turn {escalated}" if escalated else "never"
        failures.append(f"handed over {when}, at the latest wanted in turn {limit}")
    known = set(answers[-1].next.do_not_ask)
    failures += [f"{slot} is known but not in do_not_ask" for slot in conversation.facts_known if slot not in known]
    return failures
