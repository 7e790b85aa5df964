"""A policy that a caller sends: read, or refused with every line and field that is wrong."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import yaml

from relief.contracts.problem import FieldProblem
from relief.decide.policy import Policy, parse_policy
from relief.errors import DataFileInvalid, RequestInvalid

_MAX_PROBLEMS: Final = 20


def read_policy(given: str | Mapping[str, object]) -> Policy:
    """Return the policy. Lines of an object are those of its JSON, written a member a line.

    Raises:
        RequestInvalid: it does not validate; names line and field, and what to do.
    """
    text = given if isinstance(given, str) else json.dumps(given, indent=1)
    _refuse_aliases(text)
    try:
        return parse_policy(text, "policy")
    except DataFileInvalid as error:
        problems = [FieldProblem(field=f"policy.{one.field}", message=one.message) for one in error.errors]
        raise refuse_policy(problems) from error


def refuse_policy(problems: Sequence[FieldProblem]) -> RequestInvalid:
    """Return the error for a policy that is not taken."""
    shown = tuple(problems[:_MAX_PROBLEMS])
    names = ", ".join(dict.fromkeys(one.field for one in shown))
    message = f"Check {names}. The policy in force stays as it is."
    return RequestInvalid(message, shown)


def _refuse_aliases(text: str) -> None:
    """Refuse YAML's aliases: a policy needs none, and a few of them can unfold into gigabytes.

    Raises:
        RequestInvalid: there is one; names its line.
    """
    try:
        aliases = [event for event in yaml.parse(text, Loader=yaml.SafeLoader) if isinstance(event, yaml.AliasEvent)]
    except yaml.YAMLError:
        return  # said better when it is read as a policy
    if aliases:
        line = aliases[0].start_mark.line + 1 if aliases[0].start_mark else 1
        raise refuse_policy([FieldProblem(field="policy", message=f"line {line}: write it out; aliases are not read")])
