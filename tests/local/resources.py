"""Creates what the template describes, and tells what the expressions in it came to."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.local.errors import LocalStackError
from tests.local.moto_backends import MotoBackends
from tests.local.parts import Function, StateMachine
from tests.local.template import Template


@dataclass(frozen=True)
class Resources:
    """What exists after the creation."""

    functions: tuple[Function, ...]
    """With the values of their environment variables."""
    state_machines: tuple[StateMachine, ...]
    """With all substitutions made."""
    source_queues: tuple[str, ...]
    """The ARNs of the queues of the template's event sources, in their order."""
    issuer: str | None
    audiences: tuple[str, ...]
    """What the template says that tokens must have; empty where it says nothing."""


class _Expressions:
    """Collects expressions of the template and has them resolved all at once, as outputs of the stack."""

    def __init__(self) -> None:
        self.outputs: dict[str, Any] = {}
        self.values: dict[str, str] = {}

    def ask(self, expression: Any) -> str:
        """Return the name under which the value will be found."""
        name = f"Local{len(self.outputs) + len(self.values)}"
        if isinstance(expression, dict):
            self.outputs[name] = expression
        else:
            # CloudFormation's spelling of what is no text.
            self.values[name] = str(expression).lower() if isinstance(expression, bool) else str(expression)
        return name


def create(moto: MotoBackends, template: Template) -> Resources:
    """Create the resources.

    Raises:
        LocalStackError: moto cannot create one of them, or a definition is broken.
    """
    expressions = _Expressions()
    environments = {
        function.logical_id: {name: expressions.ask(value) for name, value in function.environment.items()}
        for function in template.functions.values()
    }
    substitutions = {
        machine.logical_id: {name: expressions.ask(value) for name, value in machine.substitutions.items()}
        for machine in template.state_machines.values()
    }
    queues = [expressions.ask(source.queue) for source in template.queue_sources]
    jwt_configuration = template.jwt_configuration
    issuer = expressions.ask(jwt_configuration["issuer"]) if "issuer" in jwt_configuration else None
    audiences = [expressions.ask(value) for value in _items(jwt_configuration.get("audience"))]

    text = json.dumps(template.to_create(expressions.outputs))
    values = expressions.values | moto.create_stack(template.stack_name, text, template.parameters)
    machines = tuple(
        _with_definition(machine, {name: values[key] for name, key in substitutions[machine.logical_id].items()})
        for machine in template.state_machines.values()
    )
    for machine in machines:
        moto.create_state_machine(machine.name, machine.definition, machine.kind)
    return Resources(
        functions=tuple(
            replace(function, environment={n: values[key] for n, key in environments[function.logical_id].items()})
            for function in template.functions.values()
        ),
        state_machines=machines,
        source_queues=tuple(values[key] for key in queues),
        issuer=values[issuer] if issuer else None,
        audiences=tuple(values[key] for key in audiences),
    )


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _with_definition(machine: StateMachine, values: dict[str, str]) -> StateMachine:
    definition = re.sub(r"\$\{(\w+)\}", lambda match: values.get(match[1], match[0]), machine.definition)
    left = sorted(set(re.findall(r"\$\{\w+\}", definition)))
    if left:
        message = f"The state machine {machine.logical_id} has no substitution for {', '.join(left)}."
        raise LocalStackError(message)
    try:
        dangling = set(_dangling(json.loads(definition)))
    except ValueError as error:
        message = f"The definition of {machine.logical_id} is no JSON: {error}."
        raise LocalStackError(message) from error
    if dangling:
        message = f"In {machine.logical_id} something leads to {', '.join(sorted(dangling))}, which is no state."
        raise LocalStackError(message)
    return replace(machine, definition=definition)


def _dangling(program: dict[str, Any]) -> Iterator[str]:
    """Yield the names of states that do not exist but are led to; moto notices only when it gets there."""
    states = program["States"]
    yield from {program["StartAt"]} - set(states)
    for state in states.values():
        targets = [state.get("Next"), state.get("Default")]
        targets += [branch["Next"] for branch in state.get("Choices", []) + state.get("Catch", [])]
        yield from {target for target in targets if target} - set(states)
        inner = [*state.get("Branches", []), state.get("ItemProcessor"), state.get("Iterator")]
        for part in inner:
            if part:
                yield from _dangling(part)
