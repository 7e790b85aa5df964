"""The service itself: its liveness and its description. Neither needs a token."""

from aws_lambda_powertools.event_handler import Response

from relief import __version__
from relief.api.catalogue import Health
from relief.api.openapi import load_openapi
from relief.api.routes.exchange import Exchange, answer, answer_with_json

router = Exchange().router


@router.get("/v1/health")
def read_health() -> Response[str]:
    """Tell that the function is alive."""
    return answer(Health(status="ok", version=__version__))


@router.get("/v1/openapi.json")
def read_openapi() -> Response[str]:
    """Serve the API's description."""
    return answer_with_json(load_openapi())
