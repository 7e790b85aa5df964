"""The console's files as a browser asks for them: compressed where it takes that, not again where it has them, nothing else."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from relief.api.routes import app
from relief.console.assets import PAGE, load_assets
from tests.e2e.conftest import forget_environment

EVENT: Final = json.loads((Path(__file__).parents[2] / "functions/api/event.json").read_text("utf-8"))
SCRIPT: Final = next(name for name in load_assets() if name.endswith(".js"))


@pytest.fixture(autouse=True)
def _settings_of_nobody() -> Iterator[None]:
    """Settings are kept once they are read; what is read here is no installation's."""
    forget_environment()
    yield
    forget_environment()


def get(path: str, **headers: str) -> dict[str, Any]:
    """Ask for a path as the gateway does, without a token."""
    context = {**EVENT["requestContext"], "http": {**EVENT["requestContext"]["http"], "method": "GET", "path": path}}
    event = {**EVENT, "rawPath": path, "routeKey": f"GET {path}", "body": None, "requestContext": context}
    answer: dict[str, Any] = app.resolve({**event, "headers": {**headers, "host": "relief.example"}}, None)
    return answer


def content_of(answer: dict[str, Any]) -> bytes:
    """Return an answer's body as it goes over the wire."""
    body: str = answer["body"]
    return base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()


@pytest.mark.parametrize(("path", "name"), [("/", PAGE), (f"/console/{SCRIPT}", SCRIPT)])
def test_a_file_is_compressed_for_whoever_takes_it(path: str, name: str) -> None:
    """Given a browser that takes gzip and one that does not, then both get the same file, with its security headers."""
    asset = load_assets()[name]
    plain, packed = get(path), get(path, **{"accept-encoding": "gzip, br"})
    assert plain["statusCode"] == packed["statusCode"] == 200
    assert content_of(plain) == asset.content
    assert gzip.decompress(content_of(packed)) == asset.content
    assert packed["headers"]["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain["headers"]
    assert "default-src 'none'" in plain["headers"]["Content-Security-Policy"]


def test_a_file_that_the_browser_has_is_not_sent_again() -> None:
    """Given the tag of a file that has not changed, then the answer is empty; given another tag, then it is not."""
    asset = load_assets()[SCRIPT]
    again = get(f"/console/{SCRIPT}", **{"If-None-Match": asset.tag})
    assert (again["statusCode"], content_of(again)) == (304, b"")
    assert get(f"/console/{SCRIPT}", **{"If-None-Match": '"older"'})["statusCode"] == 200


def test_the_measured_comparison_is_served_as_the_json_that_it_is() -> None:
    """Given the file of measured figures, then it comes as it is stored, and can be read as JSON."""
    answer = get("/console/baseline.json", **{"accept-encoding": "gzip"})
    assert content_of(answer) == load_assets()["baseline.json"].content
    assert json.loads(content_of(answer))["conversations"] > 0


@pytest.mark.parametrize("asset", [PAGE, "nothing.js", "..%2Fapp.py"])
def test_nothing_else_is_a_file_of_the_console(asset: str) -> None:
    """Given the page's own name, one that no file has or a way out of the folder, then nothing is found."""
    assert get(f"/console/{asset}")["statusCode"] == 404
