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
from relief.measure.staging import StagedEvent


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
    incident: Identifier | None = Field(None, description="The incident whose message the answer carries.")
    no_incident: bool = Field(False, description="The answer carries no incident's message.")
    colleague: bool = Field(False, description="The answer tells the bot what the person did.")


class GoldConversation(Contract):
    """One conversation of a gold set."""

    session_id: Identifier
    kind: Kind
    turns: Annotated[list[TurnRequest], Field(min_length=1)]
    expect: list[Expectation]
    facts_known: list[Name] = []
    must_escalate_by: Annotated[int, Field(ge=1)] | None = None
    must_not_escalate: bool = False
    events: list[StagedEvent] = Field([], description="What happens beside it, in order.")

    @model_validator(mode="after")
    def _expects_existing_turns(self) -> "GoldConversation":
        named = [one.turn for one in self.expect] + [one.before_turn for one in self.events]
        last = max([*named, self.must_escalate_by or 0])
        if last > len(self.turns):
            message = f"expects something in turn {last}, but there are {len(self.turns)}"
            raise ValueError(message)
        if self.must_not_escalate and self.must_escalate_by is not None:
            message = "cannot both have to escalate and be kept from it"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _stages_in_order(self) -> "GoldConversation":
        order = [one.before_turn for one in self.events]
        if order != sorted(order):
            message = "events have to stand in the order of the turns"
            raise ValueError(message)
        active: set[str] = set()
        for one in self.events:
            if one.declare is not None:
                active.add(one.declare.incident_id)
            elif one.end is not None and one.end not in active:
                message = f"ends {one.end}, which is not active before turn {one.before_turn}"
                raise ValueError(message)
            active.discard(one.end or "")
        return self

    def events_before(self, turn: int) -> list[StagedEvent]:
        """Return what happens just before a turn, counted from 1."""
        return [one for one in self.events if one.before_turn == turn]

    @property
    def given_back(self) -> frozenset[int]:
        """The turns just before which a person gave the conversation back to the bot."""
        return frozenset(one.before_turn for one in self.events if one.gives_back)


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
        else:
            failures += [f"turn {expected.turn}: {what}" for what in _check_message(expected, answer)]
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


def _check_message(expected: Expectation, answer: TurnResponse) -> Iterator[str]:
    told = answer.incident.incident_id if answer.incident else None
    if expected.incident is not None and told != expected.incident:
        yield f"the message of incident {told or 'none'} instead of {expected.incident}"
    elif expected.no_incident and told is not None:
        yield f"the message of incident {told}, which does not concern it"
    elif expected.colleague and answer.next.colleague is None:
        yield "what the person did is not told"
