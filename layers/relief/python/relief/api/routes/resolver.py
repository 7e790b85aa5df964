"""The resolver: every subject's router, and what is answered when there is no such path or something fails."""

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from relief.api.routes import decisions, handoffs, incidents, replays, service, sessions
from relief.api.routes.exchange import answer_with_problem
from relief.errors import NotFound, ReliefError
from relief.observability import logger

app = APIGatewayHttpResolver()
for subject in (sessions, decisions, handoffs, incidents, replays, service):
    app.include_router(subject.router)


@app.exception_handler(ReliefError)  # type: ignore[untyped-decorator] # Powertools leaves it untyped
def answer_problem(error: ReliefError) -> Response[str]:
    """Turn an error of ours into a problem document."""
    return answer_with_problem(error)


@app.not_found
def answer_not_found(_: NotFoundError) -> Response[str]:
    """Answer for a path that does not exist."""
    return answer_with_problem(NotFound("There is no such path. GET /v1/openapi.json lists them."))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator] # as above
def answer_failure(error: Exception) -> Response[str]:
    """Answer for a failure that nobody foresaw, without showing its inside."""
    logger.error("A request failed.", error_type=type(error).__name__)
    return answer_with_problem(
        ReliefError("Please try again. If it keeps failing, treat it as 'hand over to a person'.")
    )
