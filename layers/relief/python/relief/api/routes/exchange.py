"""What every route reads from a request and writes into an answer."""

import base64
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import BaseModel

from relief.api.access import Caller, require_scope
from relief.api.catalogue import Route
from relief.api.problems import MEDIA_TYPE, describe_problem
from relief.errors import ReliefError

JSON = "application/json"
_HEADERS: dict[str, str | list[str]] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Exchange:
    """A subject's router, and its view of the request at hand while a route runs."""

    def __init__(self) -> None:
        """Make the router that the subject's routes are declared on."""
        self.router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call] # Powertools leaves it untyped

    @property
    def event(self) -> APIGatewayProxyEventV2:
        """The gateway's event."""
        return self.router.current_event

    @property
    def caller(self) -> Caller:
        """Who calls, by the claims that the gateway has verified."""
        authorizer = self.event.request_context.authorizer
        return Caller.from_claims((authorizer.jwt_claim if authorizer else None) or {})

    @property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        return dict(self.event.query_string_parameters or {})

    @property
    def body(self) -> bytes:
        """The request's body as it came, whether or not it is text: the gateway hands over the rest in base64."""
        body = self.event.body or ""
        if self.event.is_base64_encoded:
            return base64.b64decode(body)
        return body.encode("utf-8", "surrogatepass")

    def require_scope(self, route: Route) -> None:
        """Check that the caller may use this route.

        Raises:
            ScopeMissing: the token has none of the route's scopes.
        """
        require_scope(self.caller, route.scopes)


def answer(body: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """Answer with a contract model."""
    return answer_with_json(body.model_dump_json(), status)


def answer_with_json(document: str, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """Answer with a document that is JSON already."""
    return Response(status.value, JSON, document, headers=_HEADERS)


def answer_with_problem(error: ReliefError) -> Response[str]:
    """Answer with the problem document of an error."""
    return Response(error.status, MEDIA_TYPE, describe_problem(error).model_dump_json(), headers=_HEADERS)
