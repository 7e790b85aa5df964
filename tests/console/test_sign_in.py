"""Signing in by an identity provider's page: authorisation code with PKCE, here with a provider made of two routes."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route, expect

from tests.console.conftest import Visitor
from tests.local.stack import LocalStack


class Provider:
    """An identity provider: sends the browser back with a code, and exchanges it as OAuth 2.1 says."""

    def __init__(self, stack: LocalStack, page: Page) -> None:
        self.stack = stack
        self.asked: dict[str, str] = {}
        self.exchanges: list[dict[str, str]] = []
        self.forged_state = ""
        page.route("**/v1/console.json", self._settings)
        page.route("**/idp/authorize*", self._authorize)
        page.route("**/idp/token", self._token)

    def _settings(self, route: Route) -> None:
        settings = route.fetch().json()
        at = f"{self.stack.base_url}/idp"
        urls = {"authorize_url": f"{at}/authorize", "token_url": f"{at}/token"}
        settings["sign_in"] = {"kind": "hosted", "client_id": "console", "scopes": ["relief/handoffs"], **urls}
        route.fulfill(json=settings)

    def _authorize(self, route: Route) -> None:
        self.asked = one_each(urlsplit(route.request.url).query)
        state = self.forged_state or self.asked["state"]
        route.fulfill(status=302, headers={"Location": f"{self.asked['redirect_uri']}?code=c0de&state={state}"})

    def _token(self, route: Route) -> None:
        given = one_each(route.request.post_data or "")
        self.exchanges.append(given)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if given["code"] != "c0de" or challenge != self.asked["code_challenge"]:
            route.fulfill(status=400, json={"error": "invalid_grant"})
            return
        route.fulfill(json={"access_token": self.stack.token("relief/handoffs", subject="ana"), "token_type": "Bearer"})


def one_each(text: str) -> dict[str, str]:
    """Return the fields of a form or query."""
    return {name: values[0] for name, values in parse_qs(text).items()}


def test_the_providers_page_signs_people_in_and_brings_them_back(visitor: Visitor, stack: LocalStack) -> None:
    """Given a provider, then the code is exchanged with the verifier of this tab, and the reader is where they were."""
    page = visitor().page
    provider = Provider(stack, page)
    page.goto(f"{stack.base_url}/#/agent")
    page.get_by_role("button", name="Sign in").click()
    page.locator(".worklist a").first.wait_for()
    assert page.url == f"{stack.base_url}/#/agent"
    assert provider.asked["response_type"] == "code"
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["redirect_uri"] == f"{stack.base_url}/"
    assert provider.asked["scope"] == "relief/handoffs"
    assert len(provider.exchanges[0]["code_verifier"]) >= 43
    assert "client_secret" not in provider.exchanges[0]
    kept: dict[str, Any] = json.loads(page.evaluate("JSON.stringify({...localStorage})"))
    assert not [value for value in kept.values() if "." in value], "the token stays in the tab"


def test_an_answer_to_a_question_that_nobody_asked_is_refused(visitor: Visitor, stack: LocalStack) -> None:
    """Given a state that is not this tab's, then no code is exchanged, and the page says how to go on."""
    page = visitor().page
    provider = Provider(stack, page)
    provider.forged_state = "somebody-elses"
    page.goto(f"{stack.base_url}/")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The sign-in did not finish")).to_be_visible()
    assert provider.exchanges == []
