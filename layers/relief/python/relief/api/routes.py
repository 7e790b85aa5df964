"""The routes of the API: check the scope, make one call into the domain, write the answer."""

from datetime import UTC, datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from pydantic import BaseModel

from relief import __version__
from relief.api import catalogue
from relief.api.access import Caller, allow_export, allow_view, require_scope
from relief.api.catalogue import HandoffPage, Health, Route
from relief.api.openapi import load_openapi
from relief.api.problems import MEDIA_TYPE, describe_problem
from relief.api.requests import parse_document
from relief.api.services import load_services
from relief.api.sessions import ExportQuery, ViewQuery
from relief.api.worklist import WorklistQuery
from relief.contracts.stored import Erasure
from relief.errors import NotFound, ReliefError
from relief.observability import logger

app = APIGatewayHttpResolver()
_JSON = "application/json"
_HEADERS: dict[str, str | list[str]] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _answer(body: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    return Response(status.value, _JSON, body.model_dump_json(), headers=_HEADERS)


def _problem(error: ReliefError) -> Response[str]:
    return Response(error.status, MEDIA_TYPE, describe_problem(error).model_dump_json(), headers=_HEADERS)


def _caller() -> Caller:
    authorizer = app.current_event.request_context.authorizer
    return Caller.from_claims((authorizer.jwt_claim if authorizer else None) or {})


def _require_scope(route: Route) -> None:
    require_scope(_caller(), route.scopes)


def _query() -> dict[str, str]:
    return dict(app.current_event.query_string_parameters or {})


def _body() -> bytes:
    return (app.current_event.decoded_body or "").encode("utf-8", "surrogatepass")


def _erased(erasure: Erasure) -> Response[str]:
    return _answer(erasure, HTTPStatus.OK if erasure.complete else HTTPStatus.ACCEPTED)


@app.post("/v1/sessions/<session_id>/turns")
def accept_turn(session_id: str) -> Response[str]:
    """Take one customer turn and answer with one decision."""
    _require_scope(catalogue.ACCEPT_TURN)
    return _answer(load_services().turns.accept(session_id, _body(), datetime.now(UTC)))


@app.get("/v1/sessions/<session_id>/context")
def read_context(session_id: str) -> Response[str]:
    """Show what a role may see of a session."""
    _require_scope(catalogue.READ_CONTEXT)
    asked = parse_document(_query(), ViewQuery)
    view = allow_view(_caller(), session_id, asked.view)
    return _answer(load_services().sessions.view(session_id, view, datetime.now(UTC)))


@app.get("/v1/sessions/<session_id>/export")
def export_session(session_id: str) -> Response[str]:
    """Hand out everything that is stored about a session."""
    allow_export(_caller(), session_id)
    asked = parse_document(_query(), ExportQuery)
    return _answer(load_services().sessions.export(session_id, asked, datetime.now(UTC)))


@app.delete("/v1/sessions/<session_id>")
def erase_session(session_id: str) -> Response[str]:
    """Erase a session."""
    _require_scope(catalogue.ERASE_SESSION)
    return _erased(load_services().sessions.erase_session(session_id, datetime.now(UTC)))


@app.delete("/v1/customers/.+")
def erase_customer() -> Response[str]:
    """Erase a customer. Their reference may hold any character, so it is taken as the gateway reads it."""
    _require_scope(catalogue.ERASE_CUSTOMER)
    reference = app.current_event.path_parameters.get("customer_ref", "")
    return _erased(load_services().sessions.erase_customer(reference, datetime.now(UTC)))


@app.get("/v1/decisions/<decision_id>")
def read_decision(decision_id: str) -> Response[str]:
    """Explain a decision in full."""
    _require_scope(catalogue.READ_DECISION)
    record = load_services().table.find_decision(decision_id, datetime.now(UTC))
    if record is None:
        message = "There is no such decision, or its time to live has passed."
        raise NotFound(message)
    return _answer(record)


@app.get("/v1/handoffs")
def list_handoffs() -> Response[str]:
    """List one queue's hand-overs, first things first."""
    _require_scope(catalogue.LIST_HANDOFFS)
    asked = parse_document(_query(), WorklistQuery)
    items, following = load_services().table.list_handoffs(
        asked.queue, asked.state.value, asked.limit, asked.start(), datetime.now(UTC)
    )
    return _answer(HandoffPage(items=items, next=asked.encode(following)))


@app.get("/v1/handoffs/<handoff_id>")
def read_handoff(handoff_id: str) -> Response[str]:
    """Show one hand-over."""
    _require_scope(catalogue.READ_HANDOFF)
    handoff = load_services().table.find_handoff(handoff_id, datetime.now(UTC))
    if handoff is None:
        message = "There is no such hand-over, or its time to live has passed."
        raise NotFound(message)
    return _answer(handoff)


@app.post("/v1/handoffs/<handoff_id>/events")
def take_handoff_event(handoff_id: str) -> Response[str]:
    """Take what a desk reports of a hand-over."""
    _require_scope(catalogue.TAKE_HANDOFF_EVENT)
    return _answer(load_services().handoffs.take_event(handoff_id, _body(), datetime.now(UTC)))


@app.post("/v1/handoffs/<handoff_id>/feedback")
def take_handoff_feedback(handoff_id: str) -> Response[str]:
    """Take the verdict of the person who took over."""
    _require_scope(catalogue.TAKE_HANDOFF_FEEDBACK)
    return _answer(load_services().handoffs.take_feedback(handoff_id, _body(), datetime.now(UTC)))


@app.get("/v1/health")
def read_health() -> Response[str]:
    """Tell that the function is alive."""
    return _answer(Health(status="ok", version=__version__))


@app.get("/v1/openapi.json")
def read_openapi() -> Response[str]:
    """Serve the API's description."""
    return Response(HTTPStatus.OK.value, _JSON, load_openapi(), headers=_HEADERS)


@app.exception_handler(ReliefError)  # type: ignore[untyped-decorator] # Powertools leaves it untyped
def answer_problem(error: ReliefError) -> Response[str]:
    """Turn an error of ours into a problem document."""
    return _problem(error)


@app.not_found
def answer_not_found(_: NotFoundError) -> Response[str]:
    """Answer for a path that does not exist."""
    return _problem(NotFound("There is no such path. GET /v1/openapi.json lists them."))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator] # as above
def answer_failure(error: Exception) -> Response[str]:
    """Answer for a failure that nobody foresaw, without showing its inside."""
    logger.error("A request failed.", error_type=type(error).__name__)
    return _problem(ReliefError("Please try again. If it keeps failing, treat it as 'hand over to a person'."))
