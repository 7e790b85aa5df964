"""The versions of the policy, and the one in force."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from relief.api import catalogue
from relief.api.policies import PolicyQuery
from relief.api.requests import parse_document
from relief.api.routes.exchange import Exchange, answer
from relief.api.services import load_services

exchange = Exchange()
router = exchange.router


@router.get("/v1/policies")
def list_policies() -> Response[str]:
    """List the versions, the rollout and the audit trail."""
    exchange.require_scope(catalogue.LIST_POLICIES)
    asked = parse_document(exchange.query, PolicyQuery)
    return answer(load_services().policies.read_page(asked, datetime.now(UTC)))


@router.put("/v1/policies/active")
def switch_policy() -> Response[str]:
    """Put a policy in force."""
    exchange.require_scope(catalogue.SWITCH_POLICY)
    return answer(load_services().policies.switch(exchange.body, exchange.caller.subject, datetime.now(UTC)))
