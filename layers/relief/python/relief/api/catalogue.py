"""Every route of the API, once: method, path, scope, and the shapes that go in and out."""

from typing import NamedTuple

from pydantic import BaseModel

from relief.contracts.decision import TurnResponse
from relief.contracts.handoff import Handoff
from relief.contracts.incident import FollowupPage, IncidentPage, IncidentRecord, IncidentRequest, Preview
from relief.contracts.model import LenientContract
from relief.contracts.ownership import HandoffEvent, HandoffEventAnswer, HandoffFeedback, RecordedFeedback
from relief.contracts.replay import Replay, ReplayRequest
from relief.contracts.states import DecisionRecord
from relief.contracts.stored import Erasure, SessionExport
from relief.contracts.turn import TurnRequest
from relief.contracts.views import SessionView


class Health(LenientContract):
    """Liveness of the api function."""

    status: str
    version: str


class HandoffPage(LenientContract):
    """A page of the work list."""

    items: list[Handoff]
    next: str | None = None


class Parameter(NamedTuple):
    """A query parameter."""

    name: str
    description: str
    required: bool = False


class Route(NamedTuple):
    """One route."""

    method: str
    path: str
    scopes: tuple[str, ...]
    summary: str
    answer: type[BaseModel] | None
    body: type[BaseModel] | None = None
    query: tuple[Parameter, ...] = ()
    partial: str = ""
    """What status 202 means, where there is one."""


ACCEPT_TURN = Route(
    "POST",
    "/v1/sessions/{session_id}/turns",
    ("relief/turns",),
    "One customer turn in, one decision out.",
    TurnResponse,
    TurnRequest,
)
READ_DECISION = Route(
    "GET",
    "/v1/decisions/{decision_id}",
    ("relief/context.supervisor",),
    "Full explanation of a decision.",
    DecisionRecord,
)
REPLAY_POLICY = Route(
    "POST",
    "/v1/policies/replay",
    ("relief/policies",),
    "What a candidate policy would have decided on recorded decisions.",
    Replay,
    ReplayRequest,
)
LIST_HANDOFFS = Route(
    "GET",
    "/v1/handoffs",
    ("relief/handoffs",),
    "The work list of one queue, first things first.",
    HandoffPage,
    query=(
        Parameter("queue", "Name of the queue.", required=True),
        Parameter("state", "State of the hand-overs; `queued` when absent."),
        Parameter("limit", "At most this many, 1 to 100; 50 when absent."),
        Parameter("next", "Where the page before ended."),
    ),
)
READ_HANDOFF = Route("GET", "/v1/handoffs/{handoff_id}", ("relief/handoffs",), "One hand-over.", Handoff)
TAKE_HANDOFF_EVENT = Route(
    "POST",
    "/v1/handoffs/{handoff_id}/events",
    ("relief/handoffs",),
    "What happened to a hand-over at the desk.",
    HandoffEventAnswer,
    HandoffEvent,
)
TAKE_HANDOFF_FEEDBACK = Route(
    "POST",
    "/v1/handoffs/{handoff_id}/feedback",
    ("relief/handoffs",),
    "The verdict of the person who took over.",
    RecordedFeedback,
    HandoffFeedback,
)
READ_CONTEXT = Route(
    "GET",
    "/v1/sessions/{session_id}/context",
    ("relief/context.agent", "relief/context.customer", "relief/context.supervisor"),
    "A role's view of a session.",
    SessionView,
    query=(Parameter("view", "`agent`, `customer` or `supervisor`; the widest that the token allows when absent."),),
)
EXPORT_SESSION = Route(
    "GET",
    "/v1/sessions/{session_id}/export",
    ("relief/context.customer", "relief/erase"),
    "Everything that is stored about a session.",
    SessionExport,
    query=(
        Parameter("limit", "At most this many records, 1 to 100; 100 when absent."),
        Parameter("next", "Where the page before ended."),
    ),
)
ERASE_SESSION = Route(
    "DELETE",
    "/v1/sessions/{session_id}",
    ("relief/erase",),
    "Erase everything of a session.",
    Erasure,
    partial="A part is erased; send the same request again.",
)
ERASE_CUSTOMER = Route(
    "DELETE",
    "/v1/customers/{customer_ref}",
    ("relief/erase",),
    "Erase everything of a customer.",
    Erasure,
    partial="A part is erased; send the same request again.",
)
_INCIDENTS = ("relief/incidents",)
PUT_INCIDENT = Route(
    "PUT",
    "/v1/incidents/{incident_id}",
    _INCIDENTS,
    "Declare an incident; with `version`, amend or confirm it.",
    IncidentRecord,
    IncidentRequest,
)
LIST_INCIDENTS = Route(
    "GET",
    "/v1/incidents",
    _INCIDENTS,
    "Incidents with their audit trail, open ones first.",
    IncidentPage,
    query=(
        Parameter("state", "Only incidents in this state."),
        Parameter("limit", "At most this many, 1 to 100; 50 when absent."),
        Parameter("next", "Where the page before ended."),
    ),
)
RESOLVE_INCIDENT = Route(
    "DELETE",
    "/v1/incidents/{incident_id}",
    _INCIDENTS,
    "End an incident, or withdraw a proposal.",
    IncidentRecord,
    query=(
        Parameter("version", "Refuse if it stands at another version."),
        Parameter("why", "For the audit trail."),
    ),
)
PREVIEW_INCIDENT = Route(
    "POST",
    "/v1/incidents/preview",
    _INCIDENTS,
    "What a declaration would touch; nothing changes.",
    Preview,
    IncidentRequest,
)
LIST_FOLLOWUPS = Route(
    "GET",
    "/v1/incidents/{incident_id}/followups",
    _INCIDENTS,
    "The customers who were promised something.",
    FollowupPage,
    query=(
        Parameter("limit", "At most this many, 1 to 100; 100 when absent."),
        Parameter("next", "Where the page before ended."),
    ),
)
READ_HEALTH = Route("GET", "/v1/health", (), "Liveness.", Health)
READ_OPENAPI = Route("GET", "/v1/openapi.json", (), "This document.", None)

ROUTES = (
    ACCEPT_TURN,
    READ_CONTEXT,
    ERASE_SESSION,
    ERASE_CUSTOMER,
    EXPORT_SESSION,
    READ_DECISION,
    REPLAY_POLICY,
    LIST_HANDOFFS,
    READ_HANDOFF,
    TAKE_HANDOFF_EVENT,
    TAKE_HANDOFF_FEEDBACK,
    PUT_INCIDENT,
    LIST_INCIDENTS,
    RESOLVE_INCIDENT,
    PREVIEW_INCIDENT,
    LIST_FOLLOWUPS,
    READ_HEALTH,
    READ_OPENAPI,
)
