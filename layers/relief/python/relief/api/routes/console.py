"""The console's page, its assets and its settings. They need no token; what the page then calls does."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from relief.api.console import called_by_page, render_settings
from relief.api.routes.exchange import Exchange, answer_with_json
from relief.console.assets import DATA, PAGE, Asset, load_assets
from relief.console.headers import secure_headers
from relief.errors import NotFound
from relief.settings import load_settings

exchange = Exchange()
router = exchange.router


@router.get("/")
def show_page() -> Response[Any]:
    """Serve the page."""
    return _serve(load_assets()[PAGE])


@router.get("/console/<asset>")
def load_asset(asset: str) -> Response[Any]:
    """Serve one of the page's files."""
    found = load_assets().get(asset)
    if found is None or asset == PAGE:
        message = "The console has no such file."
        raise NotFound(message)
    return _serve(found)


@router.get("/v1/console.json")
def read_console_settings() -> Response[str]:
    """Tell the page how to sign in, and the names of queues, intents and journeys."""
    return answer_with_json(render_settings())


def _serve(asset: Asset) -> Response[Any]:
    """Answer with a file: compressed where the browser takes it, or with 304 where it has it already."""
    asked = {name.lower(): value for name, value in exchange.event.headers.items()}
    headers = {
        **secure_headers(called_by_page(load_settings().console_sign_in)),
        "Cache-Control": "no-cache",
        "ETag": asset.tag,
        "Vary": "Accept-Encoding",
    }
    if asset.tag in asked.get("if-none-match", ""):
        return Response(HTTPStatus.NOT_MODIFIED.value, asset.media_type, "", headers=headers)
    if asset.media_type == DATA:
        # Bytes of this type would be taken for something that is still to be written as JSON.
        return Response(HTTPStatus.OK.value, asset.media_type, asset.content.decode(), headers=headers)
    if "gzip" not in asked.get("accept-encoding", ""):
        return Response(HTTPStatus.OK.value, asset.media_type, asset.content, headers=headers)
    return Response(
        HTTPStatus.OK.value, asset.media_type, asset.compressed, headers={**headers, "Content-Encoding": "gzip"}
    )
