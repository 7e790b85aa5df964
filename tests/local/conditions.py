"""Evaluates the template's conditions, as far as they depend on parameters."""

from collections.abc import Mapping
from typing import Any

from tests.local.errors import LocalStackError


def holds(condition: str, conditions: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:
    """Tell whether a condition of the template holds.

    Args:
        condition: Its name.
        conditions: The template's section Conditions.
        parameters: The values of all parameters.

    Raises:
        LocalStackError: There is no such condition, or it depends on something else.
    """

    def truth(expression: Any) -> bool:
        match expression:
            case {"Fn::Equals": [left, right]}:
                return value(left) == value(right)
            case {"Fn::Not": [inner]}:
                return not truth(inner)
            case {"Fn::And": list(parts)}:
                return all(truth(part) for part in parts)
            case {"Fn::Or": list(parts)}:
                return any(truth(part) for part in parts)
            case {"Condition": str(name)} if name in conditions:
                return truth(conditions[name])
        message = f"The local stack cannot evaluate the condition {condition}: {expression!r}."
        raise LocalStackError(message)

    def value(expression: Any) -> str:
        match expression:
            case {"Ref": str(name)} if name in parameters:
                return parameters[name]
            case str() | int() | float():
                return str(expression)
        message = f"The local stack cannot evaluate the condition {condition}: {expression!r}."
        raise LocalStackError(message)

    return truth({"Condition": condition})
