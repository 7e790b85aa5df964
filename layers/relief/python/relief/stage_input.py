"""Read a stage's input, and tell apart what an earlier stage got wrong."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from relief.errors import StageInputInvalid

Model = TypeVar("Model", bound=BaseModel)


def read_stage_input(event: Any, model: type[Model]) -> Model:  # noqa: ANN401 - whatever the workflow sends
    """Return a stage's input.

    Raises:
        StageInputInvalid: the stage before sent what it must never send. Only places are named, no values.
    """
    try:
        return model.model_validate(event)
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, problem["loc"][:3])) for problem in error.errors()}))
        message = f"not valid: {places}"
        raise StageInputInvalid(message) from None
