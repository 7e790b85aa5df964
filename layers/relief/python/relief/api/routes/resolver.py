"""The resolver: every subject's router, and what is answered when there is no such path or something fails."""

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from relief.api.routes import (
    console,
    decisions,
    handoffs,
    incidents,
    metrics,
    policies,
    prompts,
    replays,
    reviews,
    service,
    sessions,
)
from relief.api.routes.exchange import answer_with_problem
from relief.errors import NotFound, ReliefError
from relief.observability import logger

_SUBJECTS = (sessions, decisions, handoffs, incidents, reviews, policies, metrics, replays, prompts, service, console)


def make_resolver(*routers: APIGatewayHttpRouter) -> APIGatewayHttpResolver:
    """Return a resolver of these routers, which answers every error with a problem document."""
    resolver = APIGatewayHttpResolver()
    for router in routers:
        resolver.include_router(router)
    resolver.exception_handler(ReliefError)(answer_with_problem)
    resolver.exception_handler(Exception)(_answer_failure)
    resolver.not_found(_answer_not_found)
    return resolver


def _answer_not_found(_: NotFoundError) -> Response[str]:
    """Answer for a path that does not exist."""
    return answer_with_problem(NotFound("There is no such path. GET /v1/openapi.json lists them."))


def _answer_failure(error: Exception) -> Response[str]:
    """Answer for a failure that nobody foresaw, without showing its inside."""
    logger.error("A request failed.", error_type=type(error).__name__)
    return answer_with_problem(
        ReliefError("Please try again. If it keeps failing, treat it as 'hand over to a person'.")
    )


app = make_resolver(*(subject.router for subject in _SUBJECTS))
