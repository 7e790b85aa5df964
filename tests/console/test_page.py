"""The page itself: small, self-contained, usable by keyboard and screen reader, on a phone and in the dark."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.console.conftest import Story, Visit, Visitor
from tests.local.stack import LocalStack

FIRST_VIEW_BYTES: Final = 200 * 1024
SERIOUS: Final = {"serious", "critical"}


def faults(visit: Visit) -> list[str]:
    """Return what axe finds that keeps people from using the page."""
    found: list[dict[str, Any]] = Axe().run(visit.page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def test_the_first_view_is_small_and_asks_no_other_host(visitor: Visitor, stack: LocalStack) -> None:
    """Given an empty cache, when an agent's work list opens, then under 200 KB came over, all from this origin."""
    visit = visitor()
    session = visit.context.new_cdp_session(visit.page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page = visit.sign_in("agent")
    page.locator(".worklist a").first.wait_for()
    print(f"first view: {sum(sizes):.0f} bytes in {len(sizes)} answers")
    assert 0 < sum(sizes) <= FIRST_VIEW_BYTES
    own = urlsplit(stack.base_url).netloc
    assert {urlsplit(url).netloc for url in visit.requested} == {own}


PLACES: Final = (
    "agent",
    "supervisor",
    "supervisor/charge-1",
    "reviews",
    "reviews/policy",
    "reviews/replay",
    "operations",
    "effort",
    "playground",
)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["desk by day", "phone by night"])
def test_nothing_serious_keeps_anybody_out(visitor: Visitor, *, width: int, dark: bool) -> None:
    """Given every view, on a desk and on a phone, by day and by night, then axe has no serious finding."""
    visit = visitor(width=width, dark=dark)
    visit.page.goto(f"{visit.stack.base_url}/")
    visit.page.locator("[data-role]").first.wait_for()
    found = {"sign-in": faults(visit)}
    page = visit.sign_in("everything")
    for place in PLACES:
        page.goto(f"{visit.stack.base_url}/#/{place}")
        page.locator(f".view.{place.partition('/')[0]}").wait_for()
        expect(page.locator("p.loading")).to_have_count(0)
        found[place] = faults(visit)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{place} is wider than the screen"
    page.goto(f"{visit.stack.base_url}/#/agent")
    page.locator(".worklist a").first.click()
    page.locator(".case h2").wait_for()
    found["hand-over"] = faults(visit)
    page.get_by_role("button", name="Resolve…").click()
    found["dialog"] = faults(visit)
    assert {name: one for name, one in found.items() if one} == {}


def test_the_customers_view_keeps_nobody_out(visitor: Visitor, charge: str) -> None:
    """Given a customer on a phone, then axe has no serious finding in their view, nor while they correct a value."""
    visit = visitor(width=390)
    page = visit.sign_in_as_customer(charge)
    assert faults(visit) == []
    page.get_by_role("button", name="Change order number").click()
    assert faults(visit) == []


def test_the_desk_works_by_keyboard_alone(visitor: Visitor, charge: str) -> None:
    """Given no pointer, then Tab and Enter lead from the list to an accepted conversation, and Escape out of a form."""
    page = visitor().sign_in("agent")
    page.locator(".worklist a").first.wait_for()
    page.locator(".skip").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.worklist') !== null"):
            break
    page.keyboard.press("Enter")
    page.locator(".case h2").wait_for()
    page.get_by_role("button", name="Resolve…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Resolve…")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".case")).to_contain_text("The bot is silent now")


def test_the_work_list_keeps_up_by_itself(visitor: Visitor, stack: LocalStack) -> None:
    """Given an open work list, when somebody else asks for a person, then they appear without a click."""
    from tests.console.conftest import CANCEL, tell

    page = visitor().sign_in("agent")
    rows = page.locator(".worklist a")
    rows.first.wait_for()
    before = rows.count()
    tell(stack, "came-later", *CANCEL)
    expect(rows).to_have_count(before + 1, timeout=12_000)


def test_a_role_sees_its_own_views_alone(visitor: Visitor, story: Story) -> None:
    """Given an agent, when they follow a link to a view of another role, then they are told calmly where they are."""
    page = visitor().sign_in("agent", f"supervisor/{story.charge}")
    expect(page.get_by_text("Your role does not include that view")).to_be_visible()
    expect(page.get_by_role("navigation", name="Views").get_by_role("link")).to_have_text(["Work list"])


def test_a_sign_in_that_has_ended_leads_back_to_the_same_place(visitor: Visitor, story: Story) -> None:
    """Given a token that is refused, then the page asks to sign in, and then goes on where it was."""
    visit = visitor()
    page = visit.sign_in("supervisor", f"supervisor/{story.charge}")
    page.locator("article").first.wait_for()
    page.evaluate(
        "sessionStorage.setItem('relief.session', JSON.stringify({token: sessionStorage.getItem('relief.session').slice(10, -6) + 'AAAA'}))"
    )
    page.reload()
    page.locator("[data-role=supervisor]").click()
    page.locator("article").first.wait_for()
    assert page.url.endswith(story.charge)


def test_a_network_that_fails_is_said_calmly_and_tried_again(visitor: Visitor, stack: LocalStack) -> None:
    """Given an API that cannot be reached, then the view says so, and recovers once it can."""
    visit = visitor()
    page = visit.page
    page.route(re.compile(r"/v1/handoffs"), lambda route: route.abort())
    visit.sign_in("agent")
    expect(page.get_by_text("Relief cannot be reached").first).to_be_visible()
    page.unroute(re.compile(r"/v1/handoffs"))
    page.get_by_role("button", name="Try again").first.click()
    page.locator(".worklist a").first.wait_for()
