"""The stages of a turn in the order of the workflow, without any AWS: what pure tests run conversations through."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from relief.contracts.decision import TurnResponse
from relief.contracts.handoff import Handoff
from relief.contracts.ownership import HandoffEvent
from relief.contracts.states import DecideInput, DetectInput, Final, RouteInput, SummariseInput
from relief.contracts.turn import TurnRequest
from relief.decide.in_force import InForce
from relief.decide.state import run_decide
from relief.detect.state import run_detect
from relief.privacy.turn import redact_turn
from relief.remember.ownership import take_event
from relief.route.shadow import propose_handoff
from relief.route.staffed import is_staffed
from relief.route.state import run_route
from relief.settings import Settings
from relief.store.items import dump_active, load_context
from relief.store.writes import put_context
from relief.summarise.state import run_summarise

if TYPE_CHECKING:
    from relief.classify.model import Classifier
    from relief.contracts.incident import Incident
    from relief.store.ports import QueueRecords
    from relief.summarise.drafter import Drafter

SETTINGS = Settings(table_name="table")
START = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Session:
    """One conversation: keeps the context item that each turn leaves for the next."""

    def __init__(self, session_id: str = "s-1", start: datetime = START, in_force: InForce | None = None) -> None:
        """Start with nothing remembered; ``in_force`` is the shipped policy unless given."""
        self.in_force = in_force
        self.classifier: Classifier | None = None
        self.session_id = session_id
        self.now = start
        self.item: dict[str, Any] | None = None
        self.earlier: dict[str, Any] | None = None
        self.answers: list[TurnResponse] = []
        self.final = Final(response="", writes="[]")
        self.writes: list[dict[str, Any]] = []
        self.queues: QueueRecords | None = None
        self.incidents: list[Incident] = []
        self.drafter: Drafter | None = None

    def say(self, text: str | None = None, **fields: Any) -> TurnResponse:
        """Take a turn with this text, and whatever other fields a request has."""
        body: dict[str, Any] = {"turn_id": f"t{len(self.answers) + 1}", "channel": "web_chat", **fields}
        if text is not None:
            body["text"] = text
        return self.take(TurnRequest.model_validate(body))

    def take(self, request: TurnRequest) -> TurnResponse:
        """Run one turn through every stage and return the answer."""
        turn = redact_turn(request).turn
        base = {
            "session_id": self.session_id,
            "received_at": self.now,
            "request_hash": "hash",
            "turn": turn.model_dump(mode="json"),
            "context": self._loaded(),
        }
        detected = run_detect(DetectInput.model_validate({**base, "classification": self._classify(turn)}), SETTINGS)
        detect = detected.model_dump(mode="json")
        incidents = {"items": [dump_active(one)[0] for one in self.incidents]}
        state = DecideInput.model_validate({**base, "incidents": incidents, "detect": detect})
        output = run_decide(state, SETTINGS, propose_handoff, self.in_force, is_staffed)
        final = output.final
        if final is None:
            base = {**base, "detect": detect, "decided": output.model_dump(mode="json")["decided"]}
            summary = run_summarise(SummariseInput.model_validate(base), SETTINGS, self.drafter).model_dump(mode="json")
            routed = RouteInput.model_validate({**base, "incidents": incidents, "summarise": summary})
            final = run_route(routed, SETTINGS, self.queues).final
        self.final = final
        self.writes = json.loads(final.writes)
        self.item = self.writes[0]["Put"]["Item"]
        self.now += timedelta(seconds=30)
        self.answers.append(TurnResponse.model_validate_json(final.response))
        return self.answers[-1]

    def desk(self, kind: str, **fields: Any) -> bool:
        """Let the desk report something of the hand-over that is open, now; ``False`` when it is ignored."""
        stored = load_context(self.item, self.now)
        assert stored.context is not None
        if stored.context.handoff is None:
            return False
        handoff = Handoff(
            **stored.context.handoff.model_dump(exclude={"reason_text"}),
            session_id=self.session_id,
            decision_id="dec",
            summary=next(one.handoff.summary for one in reversed(self.answers) if one.handoff),
        )
        event = HandoffEvent.model_validate({"event_id": "e", "kind": kind, "at": self.now, **fields})
        step = take_event(handoff, stored.context, event, self.now, SETTINGS)
        if step is None:
            return False
        assert step.context is not None
        self.item = put_context(step.context, stored.version, SETTINGS)["Put"]["Item"]
        return True

    def _classify(self, turn: TurnRequest) -> dict[str, Any]:
        """Return what the workflow hands on of the classifier's answer: nothing where there is none, or no words."""
        if self.classifier is None or not turn.text:
            return {}
        said = (turn.bot.said if turn.bot else None) or ""
        return {"output": self.classifier.classify(turn.text, said).model_dump(mode="json")}

    def _loaded(self) -> dict[str, Any]:
        context: dict[str, Any] = {"Item": self.item} if self.item else {}
        return {**context, "earlier": {"Item": self.earlier}} if self.earlier else context


def run_turns(turns: Iterable[TurnRequest], session_id: str = "s-1") -> list[TurnResponse]:
    """Run a whole conversation and return its answers."""
    session = Session(session_id)
    return [session.take(turn) for turn in turns]
