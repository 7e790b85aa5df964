"""Write the JSON Schemas of the workflow's states and of the bus events, from the models into the tree."""

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from relief.contracts.events import HandoffChanged, HandoffRequested
from relief.contracts.incident import IncidentChanged, SweepState
from relief.contracts.signals import Classification
from relief.contracts.states import (
    ClassifyInput,
    DecideInput,
    DecideOutput,
    DetectInput,
    DetectOutput,
    RouteInput,
    RouteOutput,
    SummariseInput,
    SummariseOutput,
    TurnExecution,
    TurnOutcome,
)

SCHEMAS: dict[str, type[BaseModel]] = {
    "turn.input": TurnExecution,
    "turn.output": TurnOutcome,
    "classify.input": ClassifyInput,
    "classify.output": Classification,
    "detect.input": DetectInput,
    "detect.output": DetectOutput,
    "decide.input": DecideInput,
    "decide.output": DecideOutput,
    "summarise.input": SummariseInput,
    "summarise.output": SummariseOutput,
    "route.input": RouteInput,
    "route.output": RouteOutput,
    "incident.input": SweepState,
    "incident.output": SweepState,
    "incident_changed.event": IncidentChanged,
    "handoff_requested.event": HandoffRequested,
    "handoff_changed.event": HandoffChanged,
}
"""File name without ending, and the model behind it."""


def render_schemas() -> dict[str, str]:
    """Return every schema as it is committed, by file name."""
    return {
        f"{name}.schema.json": json.dumps(model.model_json_schema(), indent=1, sort_keys=True) + "\n"
        for name, model in SCHEMAS.items()
    }


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in render_schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
