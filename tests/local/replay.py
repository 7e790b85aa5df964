"""Replays the sample conversations over HTTP, and shows for each turn what was said, detected and decided, and why."""

import json
import os
import secrets
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from relief.contracts.decision import TurnResponse
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, Dimension
from relief.measure.gold import GoldConversation, check_conversation, load_file
from tests.local.errors import LocalStackError
from tests.local.stack import LocalStack

SAMPLES: Final = Path(__file__).resolve().parents[1] / "gold"
HELD_OUT: Final = "held_out_*.jsonl"
"""Conversations of a gold folder whose failures nobody tunes the system on; no demonstration shows them."""

_SHOWN: Final = "shown.yaml"
"""A replay over HTTP takes about a second a conversation; the whole set runs in process, in the tests."""

_SCOPES: Final = "relief/turns relief/handoffs"
_TIMEOUT_SECONDS: Final = 15
_SHOWN_SCORE: Final = 0.3
_MAX_CODES: Final = 4
_STYLES: Final = {
    Action.answer: "green",
    Action.clarify: "cyan",
    Action.change_strategy: "yellow",
    Action.escalate: "bold red",
    Action.hold: "dim",
}


@dataclass
class Report:
    """What the replay came to."""

    conversations: int = 0
    turns: int = 0
    handoffs: int = 0
    failures: dict[str, list[str]] = field(default_factory=dict)
    """By conversation, what went otherwise than expected."""


def choose_samples(folder: Path = SAMPLES) -> list[GoldConversation]:
    """Return the conversations that a replay shows, as ``shown.yaml`` names them by file.

    None of them stages incidents or events of desks, which would outlast it.
    """
    shown: dict[str, list[str]] = yaml.safe_load((folder / _SHOWN).read_text("utf-8"))
    return [
        one for name, wanted in shown.items() for one in load_file(folder / f"{name}.jsonl") if one.session_id in wanted
    ]


def replay_samples(
    stack: LocalStack, conversations: Sequence[GoldConversation] | None = None, *, quiet: bool = False
) -> Report:
    """Replay conversations and return what came of them.

    Parameters
    ----------
    stack
        The running stack.
    conversations
        What to replay; a selection of the gold set by default.
    quiet
        Shows the progress alone, not the turns.

    Raises:
    ------
    LocalStackError
        A turn was not answered with 200.
    """
    if conversations is None:
        conversations = choose_samples()
    report = Report()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    token = stack.token(_SCOPES)
    run = secrets.token_hex(3)
    with _progress(console) as progress:
        bar = progress.add_task("Replaying conversations", total=sum(len(one.turns) for one in conversations))
        for conversation in conversations:
            if not quiet:
                console.print(f"\n[bold]{conversation.session_id}[/bold] [dim]({_describe(conversation)})[/dim]")
            answers = []
            for turn in conversation.turns:
                answer = _post(stack, f"{conversation.session_id}-{run}", turn, token)
                answers.append(answer)
                progress.advance(bar)
                if not quiet:
                    _show_turn(console, turn, answer)
            _conclude(report, console, conversation, answers)
    stack.drain()
    _check_delivery(report, stack, token)
    _show_report(console, report)
    return report


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _describe(conversation: GoldConversation) -> str:
    first = conversation.turns[0]
    return f"{conversation.kind.value}, {first.journey or 'no journey'}, {first.channel.value}, {first.locale}"


def _post(stack: LocalStack, session_id: str, turn: TurnRequest, token: str) -> TurnResponse:
    document = turn.model_dump(mode="json", exclude_none=True)
    status, body = call(stack, "POST", f"/v1/sessions/{session_id}/turns", token, document)
    if status != 200:
        raise LocalStackError(f"Turn {turn.turn_id} of {session_id} was answered with {status}: {body}")
    return TurnResponse.model_validate(body)


def call(
    stack: LocalStack, method: str, path: str, token: str, document: dict[str, Any] | None = None
) -> tuple[int, Any]:
    """Call the HTTP API and return status and JSON body."""
    request = urllib.request.Request(  # noqa: S310 - the address is the stack's own
        stack.base_url + path,
        data=None if document is None else json.dumps(document).encode(),
        method=method,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")


def _show_turn(console: Console, turn: TurnRequest, answer: TurnResponse) -> None:
    console.print(f"  {answer.turn:>2} [bold]{escape(textwrap.shorten(_said(turn), 100))}[/bold]")
    console.print(f"     [dim]detected[/dim] {_detected(answer)}")
    style = _STYLES[answer.action]
    reason = answer.reasons[0]
    console.print(
        f"     [dim]decided [/dim] [{style}]{answer.action.value}[/{style}] "
        f"because {reason.code.value}: {escape(reason.text)} [dim](margin {reason.margin:+.2f})[/dim]"
    )
    if answer.next.say:
        console.print(f"     [dim]say     [/dim] {escape(textwrap.shorten(answer.next.say, 110))}")
    if answer.handoff is not None and answer.action is Action.escalate:
        handoff = answer.handoff
        console.print(
            f"     [dim]to      [/dim] {handoff.queue}, priority {handoff.priority}: {escape(handoff.summary.headline)}"
        )


def _said(turn: TurnRequest) -> str:
    if turn.text:
        return f"“{turn.text}”"
    did = ", ".join(f"{item.kind.value} {item.target or ''}".strip() for item in turn.telemetry[:4])
    return f"({did or 'the bot reports'}{', …' if len(turn.telemetry) > 4 else ''})"


def _detected(answer: TurnResponse) -> str:
    scores = answer.signals.scores()
    shown = [
        f"{dimension.value} {scores[dimension]:.2f}"
        for dimension in Dimension
        if scores[dimension] >= _SHOWN_SCORE and dimension is not Dimension.politeness
    ]
    codes = sorted(code.value for code in answer.signals.codes())
    more = f" (+{len(codes) - _MAX_CODES})" if len(codes) > _MAX_CODES else ""
    evidence = f" [dim]from {', '.join(codes[:_MAX_CODES])}{more}[/dim]" if codes else ""
    return f"{', '.join(shown) or 'nothing unusual'}; {answer.intent.name} {answer.intent.confidence:.2f}{evidence}"


def _conclude(
    report: Report, console: Console, conversation: GoldConversation, answers: Sequence[TurnResponse]
) -> None:
    report.conversations += 1
    report.turns += len(answers)
    report.handoffs += any(answer.handoff is not None for answer in answers)
    failures = check_conversation(conversation, answers)
    if failures:
        report.failures[conversation.session_id] = failures
        for failure in failures:
            console.print(f"     [bold red]not as expected[/bold red] {failure}")


def _check_delivery(report: Report, stack: LocalStack, token: str) -> None:
    """Count the work list: a hand-over that was promised must be on it."""
    listed = sum(1 for _ in worklist(stack, token))
    if listed < report.handoffs:
        report.failures["work list"] = [f"{report.handoffs} hand-overs were promised, {listed} are on the work list"]


def worklist(stack: LocalStack, token: str) -> Iterator[dict[str, Any]]:
    """Yield every hand-over that waits in any queue."""
    queues = json.loads(os.environ["HANDOFF_QUEUE_URLS"])
    for queue in queues:
        path = f"/v1/handoffs?queue={queue}&limit=100"
        following: str | None = ""
        while following is not None:
            _, page = call(stack, "GET", path + (f"&next={following}" if following else ""), token)
            yield from page["items"]
            following = page["next"]


def _show_report(console: Console, report: Report) -> None:
    good = report.conversations - len([name for name in report.failures if name != "work list"])
    console.print(
        f"\n{report.conversations} conversations, {report.turns} turns, {report.handoffs} handed over; "
        f"{good} of {report.conversations} went as expected."
    )
    for name, failures in report.failures.items():
        console.print(f"[red]{name}[/red]: {'; '.join(failures)}")
