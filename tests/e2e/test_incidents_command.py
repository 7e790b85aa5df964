"""Incident mode from a terminal, for somebody who was just woken up: mistakes cost nothing and say what to do."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from relief.incidents.__main__ import main
from relief.settings import load_settings
from tests.e2e.conftest import Caller
from tests.local.stack import LocalStack

BILL: Final = "There is a mistake in my bill"
WORDS: Final = ["--template", "outage", "--set", "service=card payments", "update=15:30"]
SCOPE: Final = ["--intents", "billing"]


@pytest.fixture
def name(stack: LocalStack, session_id: str) -> Iterator[str]:
    """An incident that no other test uses, and that is over with this one."""
    one = f"command-{session_id}"
    yield one
    main(["resolve", one])
    stack.drain()


class Terminal:
    """Runs commands, and returns what somebody reads."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command that ends with this code; return what it printed where it belongs."""
        self._capsys.readouterr()
        try:
            found = main(words)
        except SystemExit as ending:
            found = int(ending.code or 0)
        # The functions of the stack print their metrics into the same terminal.
        printed = self._capsys.readouterr()
        assert found == code, printed
        return printed.err if code else printed.out


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal."""
    return Terminal(capsys)


@pytest.fixture(scope="module")
def standing(stack: LocalStack) -> Iterator[str]:
    """An incident that mistakes are made about."""
    main(["declare", "standing-one", "--regions", "nowhere", *WORDS])
    stack.drain()
    yield "standing-one"
    main(["resolve", "standing-one"])
    stack.drain()


def stored(stack: LocalStack) -> list[dict[str, Any]]:
    """Return everything that incident mode has in the table, once nothing is under way."""
    stack.drain()
    return [one for one in stack.items() if one["pk"].startswith("INCIDENT")]


def test_the_command_line_does_what_the_api_does(
    caller: Caller, terminal: Terminal, session_id: str, name: str
) -> None:
    """Given an operator with AWS credentials and no token, then every command works, and says what comes next."""
    customer = {"region": session_id}
    shown = terminal.run("--as", "ann", "declare", name, *SCOPE, "--regions", session_id, *WORDS)
    assert f"To end it: python -m relief.incidents resolve {name}" in shown
    assert "(in 4 h 0 min)" in shown
    assert "The bus was not told" not in shown
    assert caller.turn(session_id, BILL, customer=customer).incident is not None
    terminal.run("declare", name, "--version", "1", "--severity", "critical", "--staffing", "12", "--as", "ben")
    assert "go to crisis, where 12 work" in terminal.run("list")
    terminal.run("amend", name, "--version", "2", "--hours", "2", "--why", "takes longer")
    seen = terminal.run("preview", name, *SCOPE, *WORDS)
    assert "turns of the last hour" in seen
    assert "Nothing was changed." in seen
    listed = terminal.run("list")
    assert f"{name}: active, critical, version 3" in listed
    caller.stack.drain()
    promised = terminal.run("followups", name)
    assert session_id in promised
    assert "1 were promised something." in promised
    assert json.loads(terminal.run("followups", name, "--json").splitlines()[-1])["session_id"] == session_id
    ended = terminal.run("resolve", name, "--why", "fixed")
    assert f"{name}: resolved" in ended
    assert "UTC (now)" in ended
    assert caller.turn(f"{session_id}-b", BILL, customer=customer).incident is None
    (record,) = [one for one in map(json.loads, _records(terminal)) if one["incident_id"] == name]
    assert [one["change"] for one in record["audit"]] == ["declared", "amended", "amended", "resolved"]
    assert len({one["by"] for one in record["audit"][:2]}) == 2
    assert [one["why"] for one in record["audit"][2:]] == ["takes longer", "fixed"]


def _records(terminal: Terminal) -> list[str]:
    return [line for line in terminal.run("list", "--json").splitlines() if line.startswith('{"incident_id"')]


TYPOS: Final[dict[str, tuple[list[str], list[str]]]] = {
    "a name with a blank": (["declare", "card payments", *WORDS], ["NAME: takes 1 to 64 letters", "no blanks"]),
    "an unknown intent": (
        ["declare", "x", "--intents", "billing", "biling", *WORDS],
        ["--intents: is none of", "did you mean billing?"],
    ),
    "an unknown queue": (
        ["declare", "x", "--queue", "crysis", *WORDS],
        ["--queue: is none of", "did you mean crisis?"],
    ),
    "an unknown template": (["preview", "--template", "outtage"], ["--template: is none of", "did you mean outage?"]),
    "an unknown channel": (
        ["declare", "x", "--channels", "webchat", *WORDS],
        ["invalid choice: 'webchat'", "web_chat"],
    ),
    "no words": (["declare", "x", *SCOPE], ["--template or --message: says what customers read"]),
    "a blank left out": (
        ["declare", "x", "--template", "outage"],
        ["--set service=...: is missing", "--set update=..."],
    ),
    "a pair without =": (["declare", "x", *WORDS, "more"], ["“more” has no =; write NAME=VALUE"]),
    "a loud message": (["declare", "x", "--message", "en=DON'T PANIC! It is all fine"], ["--message en=...: is loud"]),
    "an end that is past": (["declare", "x", "--hours", "-1", *WORDS], ["--hours: is past"]),
    "an end too far": (["declare", "x", "--hours", "73", *WORDS], ["--hours: is more than 72 hours ahead"]),
    "no number": (["declare", "x", "--hours", "nan", *WORDS], ["--hours"]),
    "no version": (["amend", "NAME", "--hours", "2"], ["--version: is missing; it stands at 1", "add --version 1"]),
    "an old version": (["amend", "NAME", "--version", "7", "--hours", "2"], ["it is at version 1 now"]),
    "nothing to amend": (["amend", "NAME", "--version", "1"], ["changes nothing"]),
    "a declaration again": (["declare", "NAME", "--hours", "2", *WORDS], ["declared already", "version 1"]),
    "another name to amend": (
        ["amend", "NAM", "--version", "1", "--hours", "2"],
        ["There is no incident of this name"],
    ),
    "another name to end": (["resolve", "NAMES"], ["There is no incident of this name", "Did you mean NAME?"]),
    "another name to read": (["followups", "NAMES"], ["Did you mean NAME?"]),
    "an unknown command": (["declrae", "x"], ["declrae", "For help: python -m relief.incidents --help"]),
    "no command": ([], ["COMMAND", "--help"]),
}


@pytest.mark.parametrize("case", TYPOS)
def test_a_mistake_changes_nothing_and_says_what_to_do(
    stack: LocalStack, terminal: Terminal, standing: str, case: str
) -> None:
    """Given an active incident and a command with a mistake, then a few lines say what is wrong; nothing is written."""
    words, said = TYPOS[case]
    before = stored(stack)
    shown = terminal.run(*(one.replace("NAME", standing) for one in words), code=2)
    assert stored(stack) == before
    assert shown.startswith("Nothing was changed.")
    assert [one for one in said if one not in shown and one.replace("NAME", standing) not in shown] == []
    assert len(shown.splitlines()) <= 6


def test_what_is_wrong_with_the_connection_is_said(
    stack: LocalStack, terminal: Terminal, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given no table, another one, or a bus that does not exist, then that is said."""
    assert "--table" in terminal.run("--table", "nonsense", "list", code=3)
    with monkeypatch.context() as elsewhere:
        elsewhere.delenv("TABLE_NAME")
        assert "TableName" in terminal.run("list", code=2)
    assert "check --bus" in terminal.run("declare", name, *SCOPE, *WORDS, "--bus", "nonsense")
    stack.fire_schedule("IncidentFunctionEveryMinute")
    stack.drain()
    assert "active" in terminal.run("list")


def test_an_incident_that_touches_everybody_says_so(terminal: Terminal, name: str) -> None:
    """Given a declaration without a scope, then the answer says whom it touches, and how to narrow it."""
    shown = terminal.run("declare", name, *WORDS)
    assert f"everybody is touched. To narrow it: python -m relief.incidents amend {name} --version 1 --intents" in shown


@pytest.fixture
def _second_person(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have scopes that match everything wait for a second person."""
    monkeypatch.setenv("SECOND_PERSON", "true")
    yield
    monkeypatch.undo()
    load_settings.cache_clear()


@pytest.mark.usefixtures("_second_person")
def test_a_scope_that_matches_everything_waits_for_a_second_person(
    caller: Caller, terminal: Terminal, session_id: str, name: str
) -> None:
    """Given the parameter, then nobody is touched until somebody else confirms, and the preview says so before."""
    assert "A second person will have to confirm it." in terminal.run("preview", *WORDS)
    shown = terminal.run("declare", name, *WORDS, "--as", "ann")
    assert f"{name}: proposed" in shown
    confirm = f"declare {name} --version 1 --confirm"
    assert f"Somebody else confirms it: python -m relief.incidents {confirm}" in shown
    assert caller.turn(session_id, BILL).incident is None
    assert "You proposed this yourself" in terminal.run(*confirm.split(), "--as", "ann", code=2)
    assert f"{name}: active" in terminal.run(*confirm.split(), "--as", "ben")
    assert caller.turn(f"{session_id}-b", BILL).incident is not None
    narrow = f"{name}-narrow"
    terminal.run("declare", narrow, *SCOPE, *WORDS)
    refused = terminal.run("amend", narrow, "--version", "1", "--everything", code=2)
    assert "needs a second person" in refused
    terminal.run("resolve", narrow)


def test_an_amendment_of_the_scope_leaves_alone_what_it_does_not_name(terminal: Terminal, name: str) -> None:
    """Given a scope of two kinds, then naming one changes that one; everything is said in so many words."""
    terminal.run("declare", name, *SCOPE, "--regions", "north", *WORDS)
    shown = terminal.run("amend", name, "--version", "1", "--regions", "north", "south")
    assert 'touches  {"intents": ["billing"], "regions": ["north", "south"]}' in shown
    shown = terminal.run("amend", name, "--version", "2", "--everything", "--regions", "south")
    assert 'touches  {"regions": ["south"]}' in shown
    assert "touches  everything" in terminal.run("amend", name, "--version", "3", "--everything")
