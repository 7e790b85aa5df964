"""Parse request bodies strictly, and say exactly which field is wrong."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from relief.contracts.problem import FieldProblem
from relief.contracts.turn import MAX_REQUEST_BYTES
from relief.errors import RequestInvalid, RequestNotJson, RequestTooLarge
from relief.privacy.redact import redact

Model = TypeVar("Model", bound=BaseModel)
_MAX_PROBLEMS = 20


def parse_body(body: bytes, model: type[Model], limit: int = MAX_REQUEST_BYTES) -> Model:
    """Return the body as a model. ``limit`` is in bytes.

    Raises:
        RequestTooLarge: the body is over the limit, 32 KiB by default.
        RequestNotJson: the body is not a JSON object.
        RequestInvalid: a field is not valid; ``errors`` names each.
    """
    return parse_document(parse_json(body, limit), model)


def parse_json(body: bytes, limit: int = MAX_REQUEST_BYTES) -> dict[str, Any]:
    """Return the body as a JSON object. ``limit`` is in bytes.

    Raises:
        RequestTooLarge, RequestNotJson: as ``parse_body``.
    """
    if len(body) > limit:
        message = f"The body has {len(body)} bytes; at most {limit} are accepted. Send less at once."
        raise RequestTooLarge(message)
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        message = "The body could not be read as JSON. Check quotes, commas and the encoding (UTF-8)."
        raise RequestNotJson(message) from error
    if not isinstance(document, dict):
        message = "The body must be a JSON object."
        raise RequestNotJson(message)
    read: dict[str, Any] = _without_surrogates(document)
    return read


def parse_document(document: dict[str, Any], model: type[Model]) -> Model:
    """Return a document as a model; raises ``RequestInvalid`` naming each field."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = tuple(
            FieldProblem(field=name_field(problem["loc"]), message=problem["msg"].removeprefix("Value error, "))
            for problem in error.errors(include_input=False, include_url=False, include_context=False)[:_MAX_PROBLEMS]
        )
        names = ", ".join(dict.fromkeys(problem.field for problem in problems))
        message = f"Check {names}."
        raise RequestInvalid(message, problems) from error


def name_field(location: tuple[str | int, ...]) -> str:
    """Return a field's path as people write it, such as ``telemetry[3].kind``.

    Callers name facts and preferences, and may misname any field, so a name is redacted like any other text.
    """
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in {"str", "bool", "int", "float", "[key]"}:
            name = redact(part).text
            path += f".{name}" if path else name
    return path or "body"


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _without_surrogates(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Replace lone surrogates, which JSON can escape but UTF-8 cannot carry on."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_without_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(one) for name, one in value.items()}
    return value
