"""The turn workflow without AWS: the same stages in the same order, over a table in memory."""

import json
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from relief.contracts.incident import Incident
from relief.contracts.ownership import EventRecord
from relief.contracts.states import (
    ClassifyInput,
    DecideInput,
    DetectInput,
    Fallback,
    Final,
    RouteInput,
    SummariseInput,
    TurnExecution,
    TurnKeys,
    TurnOutcome,
)
from relief.decide.state import run_decide
from relief.detect.replay import Classify
from relief.detect.state import run_detect
from relief.route.shadow import propose_handoff
from relief.route.staffed import is_staffed
from relief.route.state import run_route
from relief.settings import Settings
from relief.store.items import dump_active, load_context, load_handoff
from relief.store.keys import context_key_in, event_key, record_key
from relief.store.ports import Before, Standing, WorkflowUnavailable
from relief.store.writes import load_decision
from relief.summarise.state import run_summarise

_ASSIGNMENT = re.compile(r"([#\w]+) = (?:if_not_exists\([#\w]+, (:\w+)\)|(:\w+))")


class MemoryTable:
    """The single table of one conversation, as far as its turns use it. Turns come one by one, so no write is raced."""

    def __init__(self) -> None:
        """Start empty."""
        self._items: dict[tuple[str, str], dict[str, Any]] = {}
        self._incidents: dict[str, dict[str, Any]] = {}

    def find_before(self, decision_id: str, customers: Sequence[str], now: datetime) -> Before:  # noqa: ARG002 - a port's
        """Return the decision of this turn, if it was posted before."""
        key = record_key(decision_id)
        return Before(load_decision(self.get(key.typed()), now) if key else None)

    def get(self, key: dict[str, dict[str, str]]) -> dict[str, Any] | None:
        """Return an item by its typed key."""
        return self._items.get((key["pk"]["S"], key["sk"]["S"]))

    def write(self, writes: Sequence[dict[str, Any]]) -> None:
        """Run a transaction's puts and updates."""
        for write in writes:
            if "Put" in write:
                item = write["Put"]["Item"]
                self._items[item["pk"]["S"], item["sk"]["S"]] = item
            elif "Update" in write:
                self._update(write["Update"])

    def declare(self, incident: Incident) -> None:
        """Switch an incident on for the turns that follow."""
        self._incidents[incident.incident_id] = dump_active(incident)[0]

    def end(self, incident_id: str) -> None:
        """Switch an incident off."""
        self._incidents.pop(incident_id, None)

    def list_incidents(self) -> list[dict[str, Any]]:
        """Return the items of the incidents that are on."""
        return list(self._incidents.values())

    def read_standing(self, handoff_id: str, event_id: str, now: datetime) -> Standing:
        """Return hand-over, session and event."""
        handoff, event = record_key(handoff_id), event_key(handoff_id, event_id)
        if handoff is None or event is None:
            return Standing(None, load_context(None, now), None)
        taken = self.get(event.typed())
        return Standing(
            load_handoff(self.get(handoff.typed()), now),
            load_context(self.get(context_key_in(handoff.pk).typed()), now),
            EventRecord.model_validate_json(taken["doc"]["S"]) if taken else None,
        )

    def commit(self, writes: Sequence[dict[str, Any]]) -> bool:
        """Run a transaction, which nobody races."""
        self.write(writes)
        return True

    def take_ownership(self, keys: TurnKeys, fallback: Fallback) -> int | None:
        """Mark the session as handed over; returns the turn's number, ``None`` when it already was."""
        item = self._items.setdefault((keys.context["pk"]["S"], keys.context["sk"]["S"]), dict(keys.context))
        if "handoff" in item:
            return None
        values = json.loads(fallback.ownership)
        number = int(item.get("turn", {}).get("N", "0")) + 1
        version = int(item.get("version", {}).get("N", "0")) + 1
        item |= {"owner": values[":queued"], "handoff": values[":handoff"], "session_id": values[":session"]}
        item |= {"expires_at": values[":expires"], "turn": {"N": str(number)}, "version": {"N": str(version)}}
        item.setdefault("doc", values[":doc"])
        return number

    def record(self, fallback: Fallback) -> None:
        """Record decision and hand-over."""
        self.write(json.loads(fallback.writes))

    def announce(self, fallback: Fallback) -> None:
        """Tell nobody: there is no bus."""

    def as_text(self) -> str:
        """Return every item of the conversation as JSON: incidents are everybody's, and their messages public."""
        return json.dumps(list(self._items.values()), ensure_ascii=False)

    def _update(self, update: dict[str, Any]) -> None:
        key = update["Key"]
        item = self._items.setdefault((key["pk"]["S"], key["sk"]["S"]), dict(key))
        names = update.get("ExpressionAttributeNames", {})
        for name, default, value in _ASSIGNMENT.findall(update["UpdateExpression"]):
            attribute = names.get(name, name)
            if value or attribute not in item:
                item[attribute] = update["ExpressionAttributeValues"][value or default]


class StagesInProcess:
    """Load, classify, detect, decide, summarise, route and remember, called one after the other.

    A stage that fails ends the run as a failed execution would: the turn service then fails open by itself.
    """

    def __init__(self, settings: Settings, table: MemoryTable, classify: Classify) -> None:
        """Keep what the stages need; ``classify`` takes the message and what the bot said before."""
        self._settings = settings
        self._table = table
        self._classify = classify

    def run(self, execution: TurnExecution) -> TurnOutcome:
        """Return the outcome of a turn.

        Raises:
            WorkflowUnavailable: a stage failed.
        """
        try:
            by, final = self._stages(execution)
        except Exception as error:
            message = f"a stage failed: {type(error).__name__}: {error}"
            sys.stderr.write(f"{message}; the turn fails open.\n")
            raise WorkflowUnavailable(message) from error
        self._table.write(json.loads(final.writes))
        return TurnOutcome.model_validate({"by": by, "response": final.response})

    def _stages(self, execution: TurnExecution) -> tuple[str, Final]:
        item = self._table.get(execution.keys.context)
        base = {
            **execution.model_dump(mode="json", include={"session_id", "received_at", "request_hash", "turn"}),
            "context": {"Item": item} if item else {},
        }
        incidents = {"items": self._table.list_incidents()}
        classified = self._ask_classifier(execution.classify)
        detected = run_detect(DetectInput.model_validate({**base, "classification": classified}), self._settings)
        detect = detected.model_dump(mode="json")
        deciding = {**base, "incidents": incidents, "detect": detect}
        output = run_decide(DecideInput.model_validate(deciding), self._settings, propose_handoff, None, is_staffed)
        if output.final is not None:
            return "decide", output.final
        state = {**base, "detect": detect, "decided": output.model_dump(mode="json")["decided"]}
        summary = run_summarise(SummariseInput.model_validate(state), self._settings).model_dump(mode="json")
        routing = {**state, "incidents": incidents, "summarise": summary}
        return "route", run_route(RouteInput.model_validate(routing), self._settings).final

    def _ask_classifier(self, said: ClassifyInput) -> dict[str, Any]:
        answer = self._classify(said.text, said.bot_said)
        return {} if answer is None else {"output": answer.model_dump(mode="json")}
