"""The OpenAPI 3.1 document, generated from the catalogue of routes and the contract models."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from relief import __version__
from relief.api.catalogue import ROUTES, Route
from relief.contracts.problem import Problem

_DOCUMENT = Path(__file__).parent / "openapi.json"
_TEMPLATE = "#/components/schemas/{model}"
_PROBLEMS = {
    "400": "The body is not JSON.",
    "401": "The token is missing or not valid.",
    "403": "The token does not allow this.",
    "404": "Not found.",
    "409": "The same identifier was posted with another body.",
    "413": "The body is over 32 KiB, or over 1 MiB for a replay.",
    "422": "A field is not valid; each is named.",
    "429": "Too many requests.",
    "503": "A part that this needs is down; send the same request again.",
}
_TYPE_OF_MEDIA = {"application/json": "object"}
_FROM_THE_GATEWAY = frozenset({"401", "429"})


def build_openapi() -> dict[str, Any]:
    """Return the document."""
    models: list[type[BaseModel]] = [Problem]
    for route in ROUTES:
        models += [model for model in (route.body, route.answer) if model is not None]
    bodies = {route.body for route in ROUTES}
    modes: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        (model, "validation" if model in bodies else "serialization") for model in dict.fromkeys(models)
    ]
    places, schemas = models_json_schema(modes, ref_template=_TEMPLATE)
    # A model that is read and written has a name for each.
    references = {model: places[model, mode] for model, mode in modes}
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Relief",
            "version": __version__,
            "description": "Friction detection, decisions and hand-over for support bots. All times are RFC 3339, UTC.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "signature": {"type": "apiKey", "in": "header", "name": "X-Relief-Signature"},
            },
        },
    }


def _operation(route: Route, references: Mapping[type[BaseModel], Any]) -> dict[str, Any]:
    schema = references[route.answer] if route.answer else {"type": _TYPE_OF_MEDIA.get(route.media, "string")}
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {"200": {"description": "Success.", "content": {route.media: {"schema": schema}}}},
    }
    if route.partial:
        operation["responses"]["202"] = {**operation["responses"]["200"], "description": route.partial}
    if route.scopes:
        operation["security"] = [{"token": list(route.scopes)}]
    if route.signed:
        operation["security"] = [{"signature": []}]
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[route.body]}},
        }
    for status in _statuses(route):
        operation["responses"][status] = {"description": _PROBLEMS[status]}
        if status not in _FROM_THE_GATEWAY:
            operation["responses"][status]["content"] = {"application/problem+json": {"schema": references[Problem]}}
    return operation


def _statuses(route: Route) -> list[str]:
    statuses = ["401", "403", "429"] if route.scopes else ["429"]
    statuses += ["401", "503"] if route.signed else []
    if route.body is not None:
        statuses += ["400", "409", "413", "422"]
        statuses += ["404"] if "{" in route.path or route.path.endswith("/active") else []
        statuses += ["503"] if not route.path.endswith("/turns") else []
    elif "{" in route.path:
        statuses += ["404"]
    elif route.path == "/v1/policies":
        statuses += ["404"]  # of a version that is asked for
    if route.body is None and (route.query or route.method == "DELETE"):
        statuses += ["422"]
    if route.method == "DELETE":
        statuses += ["503"]
    return sorted(statuses)


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    in_query = [
        {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.description,
            "schema": {"type": "string"},
        }
        for parameter in route.query
    ]
    return in_path + in_query


def _operation_id(route: Route) -> str:
    words = re.sub(r"[^a-z]+", " ", route.path.removeprefix("/v1").lower()).split()
    return "_".join([route.method.lower(), *(words or ["page"])])


def render_openapi() -> str:
    """Return the document as it is committed and served."""
    return json.dumps(build_openapi(), indent=1, sort_keys=True) + "\n"


def load_openapi() -> str:
    """Return the committed document."""
    return _DOCUMENT.read_text(encoding="utf-8")


if __name__ == "__main__":
    _DOCUMENT.write_text(render_openapi(), encoding="utf-8")
    sys.stdout.write(f"{_DOCUMENT.name} written\n")
