"""Every route of the API, once: method, path, scope, and the shapes that go in and out."""

from typing import NamedTuple

from pydantic import BaseModel

from relief.contracts.console import ConsoleSettings
from relief.contracts.decision import TurnResponse
from relief.contracts.figures import MetricsAnswer
from relief.contracts.foreign import ChatwootMessage, SignedTurn
from relief.contracts.handoff import Handoff
from relief.contracts.incident import FollowupPage, IncidentPage, IncidentRecord, IncidentRequest, Preview
from relief.contracts.model import LenientContract
from relief.contracts.outcome import RecordedOutcome, SessionOutcome
from relief.contracts.ownership import HandoffEvent, HandoffEventAnswer, HandoffFeedback, RecordedFeedback
from relief.contracts.policy import PolicyPage, PolicySwitch, SwitchedPolicy
from relief.contracts.prompts import RenderedPrompt
from relief.contracts.replay import Replay, ReplayRequest
from relief.contracts.review import RecordedReview, ReviewPage, Verdict
from relief.contracts.states import DecisionRecord
from relief.contracts.stored import Erasure, SessionExport
from relief.contracts.turn import TurnRequest
from relief.contracts.views import SessionView
from relief.contracts.vocabulary import Action


class Health(LenientContract):
    """Liveness of the api function."""

    status: str
    version: str


class HandoffPage(LenientContract):
    """A page of the work list."""

    items: list[Handoff]
    next: str | None = None


class WebhookAnswer(LenientContract):
    """What became of a webhook."""

    taken: bool
    action: Action | None = None


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
    media: str = "application/json"

    signed: bool = False
    """Whether a signature over the body opens it instead of a token."""


ACCEPT_TURN = Route(
    "POST",
    "/v1/sessions/{session_id}/turns",
    ("relief/turns",),
    "One customer turn in, one decision out.",
    TurnResponse,
    TurnRequest,
)
TAKE_OUTCOME = Route(
    "POST",
    "/v1/sessions/{session_id}/outcome",
    ("relief/turns",),
    "How a session ended, and what effort the customer says it took.",
    RecordedOutcome,
    SessionOutcome,
)
READ_METRICS = Route(
    "GET",
    "/v1/metrics",
    ("relief/metrics",),
    "Figures of effort, hand-over quality and outcomes, with the formulas that they come from.",
    MetricsAnswer,
    query=(
        Parameter("from", "First day, UTC, of the sessions' beginnings; 29 days before `to` when absent."),
        Parameter("to", "Last day, included; today when absent."),
        Parameter(
            "group_by", "`journey`, `intent`, `channel`, `queue`, `policy`, `incident`, `day`, or one of them `,day`."
        ),
    ),
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
RENDER_PROMPT = Route(
    "GET",
    "/v1/prompts/{name}",
    ("relief/turns",),
    "A versioned prompt with the session's redacted context in it.",
    RenderedPrompt,
    query=(Parameter("session_id", "Whose context is filled in.", required=True),),
)
LIST_REVIEWS = Route(
    "GET",
    "/v1/reviews",
    ("relief/reviews",),
    "The review queue: decisions and conversations that people look at again.",
    ReviewPage,
    query=(
        Parameter("journey", "One journey alone; every journey, one after the other, when absent."),
        Parameter("state", "`open` or `judged`; `open` when absent."),
        Parameter("limit", "At most this many, 1 to 100; 50 when absent."),
        Parameter("next", "Where the page before ended."),
    ),
)
JUDGE_REVIEW = Route(
    "POST",
    "/v1/reviews/{decision_id}",
    ("relief/reviews",),
    "A reviewer's verdict on a decision.",
    RecordedReview,
    Verdict,
)
LIST_POLICIES = Route(
    "GET",
    "/v1/policies",
    ("relief/policies",),
    "The versions of the policy, which one is in force, how far journeys are rolled out, and the audit trail.",
    PolicyPage,
    query=(
        Parameter("version", "One version alone, with its document."),
        Parameter("limit", "At most this many versions, 1 to 100; 50 when absent."),
        Parameter("next", "Where the page before ended."),
    ),
)
SWITCH_POLICY = Route(
    "PUT",
    "/v1/policies/active",
    ("relief/policies",),
    "Put a policy in force: a new one, a known version, or the one before.",
    SwitchedPolicy,
    PolicySwitch,
)
TAKE_SIGNED_TURN = Route(
    "POST",
    "/v1/webhooks/turns",
    (),
    "One customer turn, from a system that signs instead of fetching tokens.",
    TurnResponse,
    SignedTurn,
    signed=True,
)
TAKE_CHATWOOT_MESSAGE = Route(
    "POST",
    "/v1/webhooks/chatwoot",
    (),
    "The webhook of a Chatwoot agent bot.",
    WebhookAnswer,
    ChatwootMessage,
    signed=True,
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
    "The customers who were promised something. Who is promised more while you page may come twice, the newer later.",
    FollowupPage,
    query=(
        Parameter("limit", "At most this many, 1 to 100; 100 when absent."),
        Parameter("next", "Where the page before ended."),
    ),
)
READ_HEALTH = Route("GET", "/v1/health", (), "Liveness.", Health)
READ_OPENAPI = Route("GET", "/v1/openapi.json", (), "This document.", None)
SHOW_CONSOLE = Route("GET", "/", (), "The console, one page; what it calls needs tokens.", None, media="text/html")
LOAD_CONSOLE_ASSET = Route(
    "GET", "/console/{asset}", (), "A script, style or picture of the console.", None, media="*/*"
)
READ_CONSOLE_SETTINGS = Route(
    "GET", "/v1/console.json", (), "How to sign in to the console, and the installation's vocabulary.", ConsoleSettings
)

ROUTES = (
    ACCEPT_TURN,
    TAKE_OUTCOME,
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
    RENDER_PROMPT,
    LIST_REVIEWS,
    JUDGE_REVIEW,
    LIST_POLICIES,
    SWITCH_POLICY,
    READ_METRICS,
    TAKE_SIGNED_TURN,
    TAKE_CHATWOOT_MESSAGE,
    PUT_INCIDENT,
    LIST_INCIDENTS,
    RESOLVE_INCIDENT,
    PREVIEW_INCIDENT,
    LIST_FOLLOWUPS,
    READ_HEALTH,
    READ_OPENAPI,
    SHOW_CONSOLE,
    LOAD_CONSOLE_ASSET,
    READ_CONSOLE_SETTINGS,
)
