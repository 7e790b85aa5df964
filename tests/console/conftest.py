"""A running stack with a few conversations in it, and a browser that looks at its console."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.conftest import forget_environment
from tests.local.replay import call
from tests.local.stack import LocalStack

ARTEFACTS: Final = Path(__file__).resolve().parents[2] / "build" / "console"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MILLISECONDS: Final = 15_000
_numbers = itertools.count(1)


class Story(NamedTuple):
    """The sessions that every test finds, and what they are about."""

    charge: str
    """A charge that the bot could not explain: facts, failed steps, handed over."""
    cancel: str
    """A customer of twelve years who wants to leave."""
    routine: str
    """Nothing unusual; the bot keeps it."""


@pytest.fixture(scope="package")
def stack() -> Iterator[LocalStack]:
    """The running application."""
    forget_environment()
    with LocalStack.start(environment={"POWERTOOLS_LOG_LEVEL": "CRITICAL"}) as running:
        yield running
    forget_environment()


def tell(stack: LocalStack, session_id: str, *turns: dict[str, Any]) -> list[Any]:
    """Post turns of a session as a bot would, and return the answers."""
    token = stack.token("relief/turns")
    answers = []
    for number, turn in enumerate(turns, 1):
        body = {"turn_id": f"t{number}", "channel": "web_chat", "journey": "billing_dispute", **turn}
        status, answer = call(stack, "POST", f"/v1/sessions/{session_id}/turns", token, body)
        assert status == 200, answer
        answers.append(answer)
    stack.drain()
    return answers


CHARGE: Final[tuple[dict[str, Any], ...]] = (
    {
        "text": "I was charged twice for order A-20391.",
        "facts": {"order_number": "A-20391"},
        "customer": {"tier": "plus", "tenure_months": 31, "value": "medium", "authenticated": "verified"},
        "preferences": {"contact": "email"},
    },
    {
        "text": "It says there is no such charge.",
        "bot": {"step": "verify_charge", "outcome": "failed", "said": "I'll look it up."},
        "evidence": [{"kind": "upload", "ref": "statement-11-2026"}],
    },
    {
        "text": "THIS IS THE THIRD TIME. I NEED IT TODAY!!",
        "bot": {"step": "search_by_amount", "outcome": "failed", "said": "I'll find it by its amount."},
        "facts": {"charge_amount": "49.90"},
    },
)
CANCEL: Final[tuple[dict[str, Any], ...]] = (
    {
        "journey": "cancellation",
        "text": "I want to cancel my contract, I am going elsewhere.",
        "customer": {"tier": "vip", "tenure_months": 144, "value": "high", "authenticated": "verified"},
    },
)
ROUTINE: Final[tuple[dict[str, Any], ...]] = ({"text": "Hello, when is my next bill due? Thank you!"},)


@pytest.fixture(scope="package")
def story(stack: LocalStack) -> Story:
    """Three conversations that have just happened."""
    for session_id, turns in (("charge-1", CHARGE), ("cancel-1", CANCEL), ("routine-1", ROUTINE)):
        tell(stack, session_id, *turns)
    return Story("charge-1", "cancel-1", "routine-1")


@pytest.fixture
def charge(stack: LocalStack) -> str:
    """A conversation of this test's own that was handed over for a charge."""
    session_id = f"charge-of-{next(_numbers)}"
    tell(stack, session_id, *CHARGE)
    return session_id


def find_browser() -> str | None:
    """Return the path of the browser: that of CHROMIUM, or one on the path."""
    found = (shutil.which(name) for name in (os.environ.get("CHROMIUM", ""), *_NAMES) if name)
    return next((path for path in found if path), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    path = find_browser()
    if path is None:
        message = "There is no Chromium: run `make browser`, or name one in CHROMIUM."
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield running
        running.close()


class Visit:
    """One visitor of the console: a page of their own, and what went wrong on it."""

    def __init__(self, stack: LocalStack, context: BrowserContext) -> None:
        self.stack = stack
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(_PATIENCE_MILLISECONDS)
        self.complaints: list[str] = []
        self.requested: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)
        self.page.on("request", lambda request: self.requested.append(request.url))

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def sign_in(self, role: str, place: str = "") -> Page:
        """Pick a role as a person does, and go to a place."""
        self.page.goto(f"{self.stack.base_url}/")
        self.page.locator(f"[data-role={role}]").click()
        self.page.locator("#account button").wait_for()
        if place:
            self.page.goto(f"{self.stack.base_url}/#/{place}")
        return self.page

    def sign_in_as_customer(self, session_id: str) -> Page:
        """Pick the role of one conversation's customer."""
        self.page.goto(f"{self.stack.base_url}/")
        self.page.get_by_label("Customer of a conversation").select_option(session_id)
        self.page.locator("[data-role=customer]").click()
        self.page.get_by_role("heading", level=1).wait_for()
        return self.page

    def keep_picture(self, name: str, *, whole: bool = False) -> None:
        """Keep a picture of the page among the artefacts."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=whole, animations="disabled")


Visitor = Callable[..., Visit]


@pytest.fixture
def visitor(stack: LocalStack, story: Story, browser: Browser) -> Iterator[Visitor]:
    """Makes visitors; at the end none of their pages may have complained."""
    visits: list[Visit] = []

    def make(*, width: int = 1280, height: int = 860, dark: bool = False) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            reduced_motion="reduce",
        )
        visits.append(Visit(stack, context))
        return visits[-1]

    yield make
    complaints = [complaint for visit in visits for complaint in visit.complaints]
    for visit in visits:
        visit.context.close()
    assert complaints == []
