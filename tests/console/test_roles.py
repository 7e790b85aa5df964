"""What each role comes to the console for, done as they would do it, with a picture of each kept as an artefact."""

import itertools
import json
import re
import uuid
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Route, expect

import relief.decide
from relief.decide.agreement import draw
from tests.console.conftest import Story, Visit, Visitor, tell
from tests.local.replay import call
from tests.local.stack import LocalStack

SHIPPED_SHARE_OF_BAD_ENDINGS: Final = 0.1


def records_of(stack: LocalStack, session_id: str, kind: str) -> list[dict[str, Any]]:
    """Return the session's stored records of one kind."""
    _, export = call(stack, "GET", f"/v1/sessions/{session_id}/export", stack.token("relief/erase"))
    return [one["content"]["doc"] for one in export["records"] if one["kind"] == kind]


def handoff_of(stack: LocalStack, session_id: str) -> dict[str, Any]:
    """Return what is stored of a session's hand-over."""
    return records_of(stack, session_id, "handoff")[0]


def open_handoff(visit: Visit, session_id: str) -> Page:
    """Sign in as an agent with a hand-over open."""
    handoff = handoff_of(visit.stack, session_id)
    page = visit.sign_in("agent", f"agent/{handoff['handoff_id']}")
    page.locator(".case h2").wait_for()
    return page


def test_the_work_list_has_the_most_pressing_conversation_first(visitor: Visitor, story: Story) -> None:
    """Given people who wait, when an agent signs in, then all of them are listed, the highest priority first."""
    page = visitor().sign_in("agent")
    rows = page.locator(".worklist a")
    rows.first.wait_for()
    priorities = [int(text) for text in page.locator(".priority b").all_inner_texts()]
    assert priorities == sorted(priorities, reverse=True)
    assert len(priorities) >= 2
    page.get_by_label("Queue").select_option("retention")
    expect(rows.filter(has_text="Billing")).to_have_count(0)
    expect(rows.first).to_contain_text("Retention")


def test_the_work_list_fits_a_phone(visitor: Visitor, story: Story) -> None:
    """Given a phone by night, then the list comes first, a conversation opens over it, and a link leads back."""
    visit = visitor(width=390, height=820, dark=True)
    page = visit.sign_in("agent")
    page.locator(".worklist a").first.wait_for()
    visit.keep_picture("phone")
    page.locator(".worklist a").first.click()
    page.locator(".case h2").wait_for()
    expect(page.locator(".worklist")).to_be_hidden()
    page.get_by_role("link", name="All conversations").click()
    expect(page.locator(".worklist")).to_be_visible()


def test_an_agent_reads_accepts_asks_resolves_and_gives_a_verdict(
    visitor: Visitor, stack: LocalStack, charge: str
) -> None:
    """Given a hand-over, then one page tells the story, and every step of the work is a click or a short form."""
    visit = visitor()
    page = open_handoff(visit, charge)
    detail = page.get_by_role("region", name="Hand-over")
    for heading in (
        "Do this first",
        "How the customer is",
        "What was tried",
        "What is known",
        "Do not ask for",
        "Evidence",
    ):
        expect(detail.get_by_role("heading", name=heading)).to_be_visible()
    expect(detail).to_contain_text("A-20391")
    expect(detail).to_contain_text("frustrated")
    expect(detail.locator("section", has_text="What was tried").locator("tbody tr")).to_have_count(2)
    expect(detail).to_contain_text("statement-11-2026")
    visit.keep_picture("agent")

    page.get_by_role("button", name="Accept").click()
    expect(detail).to_contain_text("It is yours. The bot is silent now.")
    page.get_by_role("button", name="Ask the customer…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="Order number")).to_be_disabled()
    dialog.get_by_role("radio", name="Date of the charge").check()
    dialog.get_by_role("button", name="Record the question").click()
    expect(detail).to_contain_text("Recorded: you asked for date of the charge")
    expect(detail.locator("section", has_text="Do not ask for")).to_contain_text("ate")

    page.get_by_role("button", name="Resolve…").click()
    dialog.get_by_label("Note (optional)").fill("Refunded; I wrote to ana@example.com.")
    dialog.get_by_role("button", name="Resolve").click()
    detail.get_by_role("group", name="Was the summary right?").get_by_role("button", name="Yes").click()
    detail.get_by_role("group", name="When did it reach you?").get_by_role("button", name="In time").click()
    expect(detail).to_contain_text("Your verdict is saved")

    kinds = [event["kind"] for event in records_of(stack, charge, "event")]
    assert sorted(kinds) == ["accepted", "asked", "resolved"]
    assert "ana@example.com" not in json.dumps(handoff_of(stack, charge))
    feedback = records_of(stack, charge, "feedback")[0]["feedback"]
    assert (feedback["summary_correct"], feedback["timing"]) == (True, "right")


def test_an_agent_returns_a_conversation_to_the_bot(visitor: Visitor, stack: LocalStack, charge: str) -> None:
    """Given a hand-over, when it is returned with a note, then the bot has the conversation, and knows the note."""
    page = open_handoff(visitor(), charge)
    page.get_by_role("button", name="Return to bot…").click()
    page.get_by_role("dialog").get_by_label("Note (optional)").fill("Refunded; it takes three days.")
    page.get_by_role("dialog").get_by_role("button", name="Return to bot").click()
    expect(page.locator(".case")).to_contain_text("Returned to the bot")
    answer = tell(stack, charge, {"turn_id": "t9", "text": "Thank you"})[0]
    assert answer["owner"] != "human"
    assert answer["next"]["colleague"]["note"] == "Refunded; it takes three days."


def test_whoever_comes_second_is_told_so(visitor: Visitor, stack: LocalStack, charge: str) -> None:
    """Given a hand-over that a colleague has accepted a moment ago, when it is accepted, then the page says so calmly."""
    page = open_handoff(visitor(), charge)
    path = f"/v1/handoffs/{handoff_of(stack, charge)['handoff_id']}/events"
    call(
        stack,
        "POST",
        path,
        stack.token("relief/handoffs"),
        {"event_id": "theirs", "kind": "accepted", "agent_ref": "b"},
    )
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".case")).to_contain_text("Somebody was faster")


def test_a_customer_sees_and_corrects_what_is_known_and_reaches_a_person(
    visitor: Visitor, stack: LocalStack, charge: str
) -> None:
    """Given their own conversation, then a customer reads it in plain words, corrects a value, and asks for a person."""
    visit = visitor(width=412, height=900)
    page = visit.sign_in_as_customer(charge)
    expect(page.locator("main")).to_contain_text("A-20391")
    visit.keep_picture("customer", whole=True)
    page.get_by_role("button", name="Change order number").click()
    page.get_by_label("order number, corrected").fill("A-20399")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".known").first).to_contain_text("A-20399")
    page.get_by_role("button", name="Talk to a person").click()
    expect(page.locator(".said")).to_be_visible()
    token = stack.token("relief/context.agent")
    _, view = call(stack, "GET", f"/v1/sessions/{charge}/context?view=agent", token)
    assert view["facts"]["order_number"] == "A-20399"


def test_a_customer_starts_over(visitor: Visitor, charge: str) -> None:
    """Given their own conversation, when they start over, then they are in a new one, and the bot begins afresh."""
    page = visitor().sign_in_as_customer(charge)
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    expect(page.locator("main")).to_contain_text("There is no conversation here")
    assert charge in page.url
    assert not page.url.endswith(charge)


def test_a_supervisor_sees_why_each_turn_was_decided(visitor: Visitor, story: Story) -> None:
    """Given a conversation, then its friction curve, reasons and margins are shown, the curve as figures as well."""
    visit = visitor(height=1150)
    page = visit.sign_in("supervisor", f"supervisor/{story.charge}")
    chart = page.get_by_role("img", name="Frustration by turn")
    expect(chart).to_be_visible()
    assert "turn 3" in (chart.get_attribute("aria-label") or "")
    expect(page.locator("article")).to_have_count(3)
    last = page.get_by_role("article", name="Turn 3")
    expect(last).to_contain_text("Hand over to a person")
    visit.keep_picture("supervisor")
    last.get_by_text("Why, and what would have changed it").click()
    expect(last.get_by_role("heading", name="Rules that fired")).to_be_visible()
    expect(last.get_by_role("heading", name="Evidence")).to_be_visible()
    expect(last).to_contain_text("Policy ")
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("region", name="Figures of the chart")).to_be_visible()


def test_a_supervisor_tries_a_candidate_policy_on_what_was_decided(visitor: Visitor, story: Story) -> None:
    """Given a candidate that counts contacts to four, then what would have changed is counted and listed, and faults are named."""
    shipped = (Path(relief.decide.__file__).parent / "policies" / "default.yaml").read_text(encoding="utf-8")
    candidate = shipped.replace('version: "', 'version: "try-').replace("    threshold: 3\n", "    threshold: 4\n")
    assert candidate.count("try-") == candidate.count("threshold: 4") == 1
    visit = visitor()
    page = visit.sign_in("supervisor", "reviews/replay")
    page.get_by_label("Candidate policy, YAML or JSON").fill("version: 3")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("alert")).to_contain_text("policy")
    page.get_by_label("Candidate policy, YAML or JSON").fill(candidate)
    page.get_by_label("Conversation").fill(story.charge)
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("heading", name="Under try-")).to_be_visible()
    expect(page.locator(".figure").first).to_contain_text("3decisions tried")
    row = page.get_by_role("row", name=story.charge).first
    expect(row).to_contain_text("Hand over to a person")
    visit.keep_picture("replay")


def test_a_supervisor_reads_what_help_costs_customers(visitor: Visitor, story: Story) -> None:
    """Given conversations of today, then every figure has its definition on focus, and is shown over time and by journey."""
    visit = visitor(height=1050)
    page = visit.sign_in("supervisor", "effort")
    tiles = page.locator(".tile")
    tiles.first.wait_for()
    assert tiles.count() > 10
    name = tiles.first.locator(".define button")
    name.focus()
    expect(tiles.first.get_by_role("tooltip")).to_be_visible()
    page.get_by_role("button", name="Time to a person, median over time").click()
    expect(page.get_by_role("img", name="Time to a person, median by day")).to_be_visible()
    expect(page.get_by_role("region", name="Time to a person, median by journey")).to_contain_text("Billing dispute")
    baseline = page.get_by_role("region", name="Relief and the baseline by journey")
    expect(baseline.get_by_role("row", name="Billing dispute")).to_contain_text("%")
    expect(page.get_by_role("region", name="Beside a bot without context")).to_contain_text("make baseline")
    visit.keep_picture("effort")


def test_a_supervisor_reviews_a_decision(visitor: Visitor, stack: LocalStack) -> None:
    """Given a decision that is always reviewed, then it waits with its signs, and takes a verdict that disagrees."""
    session_id = f"legal-{uuid.uuid4().hex[:8]}"
    tell(stack, session_id, {"text": "My lawyer will hear of this, I am taking you to court."})
    page = visitor().sign_in("supervisor", "reviews")
    card = page.get_by_role("article", name=f"Turn 1 of {session_id}")
    expect(card).to_contain_text("Legal or regulator")
    card.get_by_role("button", name="I would have…").click()
    page.get_by_role("dialog").get_by_label("Queue").select_option("billing")
    page.get_by_role("dialog").get_by_role("button", name="Save verdict").click()
    expect(page.locator("main")).to_contain_text("your verdict is saved")


def test_a_supervisor_sees_which_policy_is_in_force(visitor: Visitor) -> None:
    """Given the shipped policy, then it is in force, and a replay can start from it."""
    page = visitor().sign_in("supervisor", "reviews/policy")
    expect(page.locator("main")).to_contain_text("in force")
    page.goto(page.url.replace("policy", "replay"))
    page.get_by_role("button", name="Start from the policy in force").click()
    expect(page.get_by_label("Candidate policy, YAML or JSON")).to_have_value(re.compile("thresholds"))


def test_a_supervisor_finds_conversations_from_the_recent_hand_overs(visitor: Visitor, story: Story) -> None:
    """Given no session id, then recent hand-overs lead to the conversations."""
    page = visitor().sign_in("supervisor")
    page.get_by_role("link", name=story.cancel).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("About cancellation")


def test_an_integrator_sees_signals_move_and_copies_the_call(visitor: Visitor, stack: LocalStack) -> None:
    """Given the playground, when words and behaviour come in, then scores move, are explained, and can be called."""
    visit = visitor(width=1400, height=900)
    page = visit.sign_in("integrator")
    page.get_by_label("The customer says").fill("Where is my bill?")
    page.get_by_role("button", name="Send turn").click()
    score = page.locator("[data-signal=frustration] .value")
    expect(score).to_contain_text("0.")
    expect(page.get_by_role("heading", name="Decision")).to_be_visible()
    calm = float(score.inner_text().split()[0])
    for _ in range(3):
        page.locator("[data-deed=step_failed]").click()
    page.locator("[data-deed=back_navigated]").click()
    page.get_by_label("The customer says").fill("I already did that!! This is the third time it doesn't work!!")
    page.get_by_text("The next turn as curl").click()
    expect(page.get_by_label("The call as curl")).to_contain_text('"kind": "back_navigated"')
    page.get_by_role("button", name="Send turn").click()
    expect(page.locator(".bubble.customer")).to_have_count(2)
    expect(score).to_contain_text(f"before {calm:.2f}")
    assert float(score.inner_text().split()[0]) > calm + 0.3
    page.get_by_text("Why, and what would have changed it").click()
    expect(page.get_by_role("heading", name="Rules that came closest")).to_be_visible()
    assert "TOKEN" in page.get_by_label("The call as curl").inner_text()
    visit.keep_picture("playground")


def test_operations_declare_an_incident_and_end_it(visitor: Visitor) -> None:
    """Given an outage, when it is declared from a template, then it was shown before, is on, lasts longer, and ends."""
    visit = visitor()
    page = visit.sign_in("operations")
    page.get_by_label("Name", exact=True).fill("cards-down")
    page.get_by_text("Intents:").click()
    page.get_by_role("checkbox", name="Billing").check()
    page.get_by_label("Regions").fill("nowhere-else")  # other tests' conversations stay as they are
    page.get_by_label("What customers read").select_option("outage")
    expect(page.get_by_role("region", name="Preview")).to_contain_text("Not complete yet")
    expect(page.get_by_label("Service")).to_have_value("")  # an example must not be sent by mistake
    page.get_by_label("Service").fill("card payments")
    page.get_by_label("Update").fill("15:30")
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("We know that card payments isn't working right now")
    page.evaluate("scrollTo(0, 0)")
    visit.keep_picture("operations", whole=True)
    page.get_by_role("button", name="Declare…").click()
    expect(page.get_by_role("dialog")).to_contain_text("We know that card payments isn't working right now")
    expect(page.get_by_role("dialog")).to_contain_text("of the last hour, and 0 of")
    page.get_by_role("dialog").get_by_role("button", name="Declare").click()
    card = page.get_by_role("article", name="cards-down")
    expect(card).to_contain_text("Active")
    with page.expect_response(lambda answer: answer.request.method == "PUT") as longer:
        card.get_by_role("button", name="One hour longer").click()
    assert longer.value.status == 200
    card.get_by_role("button", name="Follow-ups").click()
    expect(card).to_contain_text("Nobody was promised anything.")
    card.get_by_role("button", name="End…").click()
    page.get_by_role("dialog").get_by_role("button", name="End incident").click()
    expect(page.get_by_text("No incident is active")).to_be_visible()


def test_operations_change_an_incident_as_they_saw_it(visitor: Visitor) -> None:
    """Given an active incident, when it is changed, then only what differs is sent, and not over a colleague's change."""
    visit = visitor()
    page = visit.sign_in("operations")
    name = page.get_by_label("Name", exact=True)
    suggested = name.input_value()
    page.get_by_label("Regions").fill("nowhere-else")
    page.get_by_label("In your words").fill("We know that letters are late, and we are on it.")
    page.get_by_role("button", name="Declare…").click()
    page.get_by_role("dialog").get_by_role("button", name="Declare").click()
    card = page.get_by_role("article", name=suggested)
    expect(card).to_contain_text("Active")
    expect(name).not_to_have_value(suggested)  # the next incident has a name of its own
    card.get_by_role("button", name="Change…").click()
    expect(page.get_by_role("heading", name=f"Change {suggested}")).to_be_visible()
    expect(page.get_by_label("In your words")).to_have_value("We know that letters are late, and we are on it.")
    page.get_by_label("People there").fill("12")
    page.get_by_label("Severity").select_option("critical")
    with page.expect_request(lambda one: one.method == "PUT") as sent:
        page.get_by_role("button", name="Change…", exact=True).last.click()
        page.get_by_role("dialog").get_by_role("button", name="Change").click()
    assert sent.value.post_data_json == {"severity": "critical", "staffing": 12, "version": 1}
    expect(card).to_contain_text("12 people there")
    card.get_by_role("button", name="Change…").click()
    body = {"version": 2, "severity": "minor"}
    assert call(visit.stack, "PUT", f"/v1/incidents/{suggested}", visit.stack.token("relief/incidents"), body)[0] == 200
    page.get_by_label("Severity").select_option("major")
    page.get_by_role("button", name="Change…", exact=True).last.click()
    page.get_by_role("dialog").get_by_role("button", name="Change").click()
    expect(page.get_by_text("Somebody has changed it: it is at version 3 now")).to_be_visible()
    card.get_by_role("button", name="End…").click()
    page.get_by_role("dialog").get_by_role("button", name="End incident").click()
    expect(page.get_by_text("No incident is active")).to_be_visible()


def test_a_drill_warns_of_nothing(visitor: Visitor) -> None:
    """Given a form filled in for a drill, then that it matches nobody is as it should be, and no warning."""
    page = visitor().sign_in("operations")
    page.get_by_role("button", name="Fill in a drill").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("Nothing matches it, as it should be.")
    expect(preview.locator(".notice.warn")).to_have_count(0)


@pytest.mark.parametrize("place", ["reviews/queue", "reviews/policy", "operations", "effort"])
def test_a_part_that_is_not_there_is_said_calmly(visitor: Visitor, place: str) -> None:
    """Given an installation without a part, then its view says so, offers nothing that cannot work, and stops asking."""
    visit = visitor()
    visit.page.route(re.compile(r"/v1/(reviews|policies|incidents|metrics)"), answer_as_if_missing)
    page = visit.sign_in("everything", place)
    expect(page.get_by_text("Not available in this installation")).to_be_visible()
    expect(page.get_by_role("button", name="Declare…")).to_have_count(0)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def answer_as_if_missing(route: Route) -> None:
    """Answer as the gateway does where there is no such route."""
    route.fulfill(status=404, json={"message": "Not Found"})


def test_silence_is_friction_too(visitor: Visitor) -> None:
    """Given the playground, when only buttons are pressed, then frustration rises without a word."""
    page = visitor().sign_in("integrator")
    for deed in ("step_viewed", "step_failed", "step_failed", "step_failed", "help_opened", "returned"):
        page.locator(f"[data-deed={deed}]").click()
    page.get_by_role("button", name="Send turn").click()
    score = page.locator("[data-signal=frustration] .value")
    expect(score).to_contain_text("0.")
    assert float(score.inner_text().split()[0]) > 0.4


def test_no_number_of_an_order_is_cut_in_the_work_list(visitor: Visitor, stack: LocalStack, charge: str) -> None:
    """Given a phone, then the headline of a row is whole, and no reference is broken over two lines."""
    page = visitor(width=390, height=820).sign_in("agent")
    row = page.locator(f".worklist a[href$='{handoff_of(stack, charge)['handoff_id']}']")
    headline = row.locator(".headline")
    expect(headline).to_contain_text("A-20391")
    assert headline.evaluate(
        "one => one.scrollHeight <= one.clientHeight + 1 && one.scrollWidth <= one.clientWidth + 1"
    )
    reference = headline.locator(".unbroken", has_text="A-20391")
    assert reference.evaluate("one => one.getClientRects().length") == 1


def test_a_phone_shows_relief_beside_the_baseline_without_scrolling_sideways(visitor: Visitor) -> None:
    """Given a phone, then the comparison is as wide as the screen, and each figure stands by its name."""
    page = visitor(width=390, height=820).sign_in("supervisor", "effort")
    table = page.get_by_role("region", name="Relief and the baseline by journey")
    row = table.get_by_role("row", name="Billing dispute")
    expect(row).to_contain_text("%")
    assert table.evaluate("one => one.scrollWidth <= one.clientWidth")
    labels = row.locator("td").evaluate_all("all => all.map(one => getComputedStyle(one, '::before').content)")
    assert labels[0] == '"As a support lead expects"'
    assert labels[6] == '"Promises broken"'


def test_a_supervisor_finds_a_conversation_that_was_never_handed_over(visitor: Visitor, story: Story) -> None:
    """Given a conversation that the bot kept, when its session id is entered by keyboard, then its decisions are shown."""
    page = visitor().sign_in("supervisor")
    field = page.get_by_label("Session id")
    expect(field).to_have_accessible_description("Opens any conversation, handed over or not.")
    field.fill(story.routine)
    field.press("Enter")
    expect(page.get_by_role("article", name="Turn 1")).to_contain_text("Answer")
    expect(page.get_by_text("None: the bot kept the conversation.")).to_be_visible()
    expect(page.locator("main")).to_be_focused()  # so that Tab goes on here, and not at the top of the page


def test_a_supervisor_finds_conversations_that_ended_badly(visitor: Visitor, stack: LocalStack, charge: str) -> None:
    """Given a customer who left while waiting, and one with the bot who was not helped, then both are found at once."""
    drawn = (f"unhelped-{number}" for number in itertools.count())
    unhelped = next(one for one in drawn if draw(f"audit {one}") < SHIPPED_SHARE_OF_BAD_ENDINGS)
    tell(stack, unhelped, {"text": "Hello, when is my next bill due?"})
    turns, desks = stack.token("relief/turns"), stack.token("relief/handoffs")
    assert call(stack, "POST", f"/v1/sessions/{unhelped}/outcome", turns, {"outcome": "unresolved"})[0] == 200
    path = f"/v1/handoffs/{handoff_of(stack, charge)['handoff_id']}/events"
    assert call(stack, "POST", path, desks, {"event_id": "left", "kind": "abandoned", "agent_ref": "b"})[0] == 200
    stack.drain()
    page = visitor().sign_in("supervisor")
    page.get_by_role("radio", name="Ended badly").check()
    latest = page.get_by_role("region", name="Latest conversations")
    expect(latest.get_by_role("row", name=unhelped)).to_contain_text("Bot: ")
    expect(latest.get_by_role("row", name=charge)).to_contain_text("customer left")
    page.get_by_role("radio", name="Kept by the bot").check()
    expect(latest.get_by_role("row", name=unhelped)).to_have_count(1)
    expect(latest.get_by_role("row", name=charge)).to_have_count(0)


def test_a_customer_reads_and_asks_in_their_own_language(visitor: Visitor, stack: LocalStack) -> None:
    """Given a conversation in German, when its customer asks for a person, then all they read is, and stays, German."""
    session_id = f"deutsch-{uuid.uuid4().hex[:8]}"
    said = {"locale": "de-DE", "text": "Wann kommt meine Rechnung?", "facts": {"email": "ana@example.com"}}
    tell(stack, session_id, said)
    page = visitor(width=390).sign_in_as_customer(session_id)
    expect(page.get_by_role("heading", name="Was Sie uns gesagt haben")).to_be_visible()
    page.get_by_role("button", name="Mit einem Menschen sprechen").click()
    expect(page.locator(".said")).to_be_visible()
    stack.drain()
    assert handoff_of(stack, session_id)["summary"]["locale"].startswith("de")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Was wir")
    page.get_by_role("button", name="Neu anfangen").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Abbrechen")).to_be_visible()


def test_a_note_survives_a_network_that_fails(visitor: Visitor, stack: LocalStack, charge: str) -> None:
    """Given a note written while the network is away, when it is tried again, then it arrives as written, and once."""
    visit = visitor()
    page = open_handoff(visit, charge)
    visit.context.set_offline(True)
    page.get_by_role("button", name="Resolve…").click()
    page.get_by_role("dialog").get_by_label("Note (optional)").fill("Refunded in full.")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    case = page.locator(".case")
    expect(case).to_contain_text("Relief cannot be reached")
    visit.context.set_offline(False)
    case.get_by_role("button", name="Try again").click()
    expect(case).to_contain_text("Resolved. One more thing")
    assert [one["note"] for one in records_of(stack, charge, "event") if one["kind"] == "resolved"] == [
        "Refunded in full."
    ]


def test_a_note_survives_a_sign_in_that_ends(visitor: Visitor, stack: LocalStack, charge: str) -> None:
    """Given a token that is refused when a note is sent, then the page says why it asks to sign in, and has the note still."""
    page = open_handoff(visitor(), charge)
    page.route(re.compile(r"/events$"), lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}))
    page.get_by_role("button", name="Return to bot…").click()
    page.get_by_role("dialog").get_by_label("Note (optional)").fill("It takes three days.")
    page.get_by_role("dialog").get_by_role("button", name="Return to bot").click()
    expect(page.get_by_text("Your sign-in has ended")).to_be_visible()
    page.unroute(re.compile(r"/events$"))
    page.locator("[data-role=agent]").click()
    page.get_by_role("button", name="Return to bot…").click()
    expect(page.get_by_role("dialog").get_by_label("Note (optional)")).to_have_value("It takes three days.")
    page.get_by_role("dialog").get_by_role("button", name="Return to bot").click()
    expect(page.locator(".case")).to_contain_text("Returned to the bot")
    assert page.evaluate("Object.keys(sessionStorage).filter(one => one.startsWith('relief.note')).length") == 0
