"""The review queue and its verdicts."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from relief.api import catalogue
from relief.api.requests import parse_document
from relief.api.review_query import ReviewQuery
from relief.api.routes.exchange import Exchange, answer
from relief.api.services import load_services

exchange = Exchange()
router = exchange.router


@router.get("/v1/reviews")
def list_reviews() -> Response[str]:
    """List what waits for a reviewer, or has been judged."""
    exchange.require_scope(catalogue.LIST_REVIEWS)
    asked = parse_document(exchange.query, ReviewQuery)
    return answer(load_services().reviews.read_page(asked, datetime.now(UTC)))


@router.post("/v1/reviews/<decision_id>")
def judge_review(decision_id: str) -> Response[str]:
    """Take a reviewer's verdict on a decision."""
    exchange.require_scope(catalogue.JUDGE_REVIEW)
    caller = exchange.caller
    return answer(load_services().reviews.judge(decision_id, exchange.body, caller.subject, datetime.now(UTC)))
