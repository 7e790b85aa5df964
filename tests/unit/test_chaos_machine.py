"""The interpreter in virtual time goes where moto's goes, on the choices and the data of the turn workflow."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.chaos.clock import Clock
from tests.chaos.machine import Machine
from tests.local import LocalStack
from tests.local.interpreter import Ending
from tests.unit.test_local_engine import execute

ROOT: Final = Path(__file__).resolve().parents[2]
DEFINITION: Final = json.loads((ROOT / "statemachine" / "turn.asl.json").read_text(encoding="utf-8"))
VALUES: Final[dict[str, tuple[Any, ...]]] = {
    "StringToJson": ('{"a": 1, "b": [2]}', "{}"),
    "JsonMerge": ({"a": 1}, {}),
    "MathAdd": (0, 39, 40),
    "NumericLessThan": (0, 39, 40, 41),
    "BooleanEquals": (True, False),
    "StringGreaterThanPath": ("1700000000", "1800000000"),
    "StringMatches": ("x [ConditionalCheckFailed, None] y", "[None, ConditionalCheckFailed]", ""),
    "StringEquals": ("escalate", "automate", ""),
}
"""What stands where a test or function of the language looks: of the kind that it is for."""

ANYTHING: Final = (True, False, None, 3, "text", {"a": 1}, [1, 2])
INPUTS: Final = 25
_PATH: Final = re.compile(r"\$((?:\.\w+)+)")


def states_of(program: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every state with its name, those of branches too."""
    for name, state in program["States"].items():
        yield name, state
        for branch in state.get("Branches", ()):
            yield from states_of(branch)


STATES: Final = {name: state for name, state in states_of(DEFINITION) if state["Type"] in {"Choice", "Pass"}}


def alone(state: dict[str, Any]) -> dict[str, Any]:
    """Return a program of this state, which ends by telling where the state would have gone."""
    targets = {state.get("Next"), state.get("Default"), *(one["Next"] for one in state.get("Choices", ()))} - {None}
    ends = {str(name): {"Type": "Pass", "Result": name, "ResultPath": "$.went_to", "End": True} for name in targets}
    return {"StartAt": "Only", "States": {"Only": state, **ends}}


def kinds_of(part: Any) -> Iterator[tuple[str, str]]:
    """Yield each path that a state looks at, with the test or function that looks."""
    if isinstance(part, list):
        for one in part:
            yield from kinds_of(one)
    elif isinstance(part, dict):
        tests = [name for name in part if name in VALUES]
        if "Variable" in part:
            yield part["Variable"], next(iter(tests), "")
        for name, value in part.items():
            if name == "StringGreaterThanPath":
                yield value, name
            elif name.endswith(".$"):
                function = re.match(r"States\.(\w+)", value)
                yield from ((found[0], function[1] if function else "") for found in _PATH.finditer(value))
            else:
                yield from kinds_of(value)


def draw_input(state: dict[str, Any], luck: random.Random) -> dict[str, Any]:
    """Return data in which each place that the state looks at holds something.

    What is handed on, or asked for with IsPresent, may be absent: elsewhere AWS fails and moto only says no.
    """
    data: dict[str, Any] = {}
    asked = re.findall(r'"Variable": "([^"]+)", "IsPresent"', json.dumps(state))
    kinds: dict[str, str] = {}
    for path, kind in kinds_of(state):
        kinds[path] = kinds.get(path) or kind
    for path, kind in sorted(kinds.items()):
        if luck.random() < 0.2 and (path in asked or state["Type"] == "Pass"):
            continue
        at = data
        *above, last = path.split(".")[1:]
        for field in above:
            at = at.setdefault(field, {})
        at[last] = luck.choice(VALUES.get(kind, ANYTHING))
    return data


def told(ending: Ending) -> tuple[str, Any]:
    """Return what both interpreters must agree on; the words of a failure are each one's own."""
    return ending.status, ending.output


@pytest.mark.parametrize("name", STATES)
def test_both_interpreters_agree(sample: LocalStack, name: str) -> None:
    """Given a choice or a handing on of the turn workflow, and data of every kind, then both go and write the same."""
    luck = random.Random(name)
    program = alone(STATES[name])
    machine = Machine(program, lambda *_: None, Clock(), lambda: 0.0)
    for _ in range(INPUTS):
        data = draw_input(STATES[name], luck)
        assert told(machine.run(data)) == told(execute(program, data)), data
