"""What a model drafts of a summary: the sentences. Values, steps and pointers are never left to it."""

from typing import Annotated, Any

from pydantic import Field

from relief.contracts.model import Contract
from relief.contracts.summary import MAX_HEADLINE_CHARACTERS

TOOL = "write_summary"
"""Name of the tool through which the model answers, so that the answer has a schema."""


class Draft(Contract):
    """The sentences of a summary."""

    headline: Annotated[str, Field(min_length=20, max_length=MAX_HEADLINE_CHARACTERS)]
    goal: Annotated[str, Field(min_length=4, max_length=200)]
    recommended_next: Annotated[
        list[Annotated[str, Field(min_length=4, max_length=240)]], Field(min_length=1, max_length=6)
    ]


def answer_schema() -> dict[str, Any]:
    """Return the JSON Schema of a draft, as the model's tool takes it."""
    return Draft.model_json_schema()
