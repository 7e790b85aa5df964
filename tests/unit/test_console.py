"""The console's files, their headers, and the local role picker."""

import io
import json
import re
from typing import Any

import pytest

from relief.console.assets import PAGE, load_assets
from relief.console.headers import secure_headers
from relief.contracts.console import HostedSignIn
from relief.settings import Settings
from tests.local.issuer import Issuer
from tests.local.roles import ROLES, RolePicker


def policy(called: list[str]) -> dict[str, str]:
    """Return the content security policy by directive."""
    text = str(secure_headers(called)["Content-Security-Policy"])
    return {name: value for name, _, value in (part.partition(" ") for part in text.split("; "))}


def test_the_policy_lets_nothing_foreign_in() -> None:
    """Given no identity provider, then scripts, styles, pictures and calls are of this origin, and nothing is inline."""
    directives = policy([])
    assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert {directives[name] for name in ("script-src", "style-src", "img-src", "connect-src")} == {"'self'"}
    assert "unsafe" not in str(directives)


def test_the_identity_providers_token_endpoint_may_be_called_by_origin() -> None:
    """Given an identity provider, then its origin is added to what may be called, and to nothing else."""
    directives = policy(["https://sign-in.example/oauth2/token"])
    assert directives["connect-src"] == "'self' https://sign-in.example"
    assert [name for name, value in directives.items() if "example" in value] == ["connect-src"]


def test_the_page_has_no_inline_script_or_style_and_every_file_that_it_names() -> None:
    """Given the page, then all it loads are files of the console, which are there."""
    assets = load_assets()
    page = assets[PAGE].content.decode()
    named = re.findall(r'(?:src|href)="/console/([^"]+)"', page)
    assert named
    assert set(named) <= set(assets)
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src=)", page)


def test_no_script_makes_markup_of_text() -> None:
    """Given every script, then none uses what turns text into markup or code, and each import is there."""
    assets = load_assets()
    for name, asset in assets.items():
        if name.endswith(".js"):
            text = asset.content.decode()
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
            ), name
            assert set(re.findall(r'from "\./([^"]+)"', text)) <= set(assets), name


def test_the_sign_in_is_read_from_the_environment_and_has_no_secret() -> None:
    """Given the setting as JSON, then it is one of two kinds, and a field for a secret is refused."""
    hosted = {
        "kind": "hosted",
        "client_id": "c",
        "authorize_url": "https://a.example/x",
        "token_url": "https://a.example/y",
    }
    read = Settings.model_validate({"console_sign_in": json.dumps(hosted)}).console_sign_in
    assert isinstance(read, HostedSignIn)
    with pytest.raises(ValueError, match="client_secret"):
        Settings.model_validate({"console_sign_in": json.dumps({**hosted, "client_secret": "s"})})


@pytest.fixture(scope="module")
def picker() -> RolePicker:
    """A role picker with one recent session."""
    return RolePicker(Issuer._new(), lambda: ["s-1"])


def ask(
    picker: RolePicker, method: str = "POST", host: str = "127.0.0.1:8000", **body: Any
) -> tuple[int, dict[str, Any]]:
    """Send a request to the role picker."""
    content = json.dumps(body).encode()
    return picker.answer(
        {
            "REQUEST_METHOD": method,
            "HTTP_HOST": host,
            "CONTENT_TYPE": "application/json",
            "wsgi.input": io.BytesIO(content),
        }
    )


def test_every_role_gets_a_token_with_its_scopes(picker: RolePicker) -> None:
    """Given each role but the customer's, then a token comes; the customer's needs a session, and is tied to it."""
    import jwt

    for name, role in ROLES.items():
        status, answer = ask(picker, role=name, session_id="s-1")
        claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
        assert (status, claims["scope"]) == (200, role.scopes)
        assert claims.get("session_id") == ("s-1" if name == "customer" else None)
    assert ask(picker, role="customer")[0] == 422
    assert ask(picker, role="king")[0] == 422


def test_the_role_picker_answers_by_this_machines_name_alone(picker: RolePicker) -> None:
    """Given a page elsewhere whose name leads to this machine, then it gets no token."""
    assert ask(picker, host="rebound.example:8000", role="agent")[0] == 403
    assert ask(picker, method="GET")[1]["sessions"] == ["s-1"]
