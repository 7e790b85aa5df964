"""What is generated from the models is what is committed: `make schemas` writes it anew."""

from pathlib import Path

import jsonschema

from relief.api.openapi import build_openapi, load_openapi, render_openapi
from relief.contracts.schemas import render_schemas
from tests.pipeline import Session

SCHEMAS = Path(__file__).resolve().parents[2] / "statemachine" / "schemas"


def test_the_openapi_document_has_not_drifted() -> None:
    """Given the models, then the committed document is what they generate."""
    assert load_openapi() == render_openapi()


def test_the_state_schemas_have_not_drifted() -> None:
    """Given the models, then the committed schemas are what they generate, no more and no less."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.glob("*.json")}
    assert committed == render_schemas()


def test_an_answer_keeps_to_the_document() -> None:
    """Given an answer with a hand-over, then it validates against the OpenAPI document's own schema."""
    document = build_openapi()
    answer = Session().say("a human please", facts={"order_number": "A-1"}).model_dump(mode="json")
    schema = {"$ref": "#/components/schemas/TurnResponse", "components": document["components"]}
    jsonschema.validate(answer, schema)
