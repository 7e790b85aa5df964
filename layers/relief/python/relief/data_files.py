"""Load the package's data files (policies, journeys, texts, tables) into validated models."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from relief.errors import DataFileInvalid

Model = TypeVar("Model", bound=BaseModel)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_data_file(path: Path, model: type[Model]) -> Model:
    """Read one YAML file into a model.

    Raises:
        DataFileInvalid: the file is not YAML, or a field of it does not validate; the message names the
            file, the place in it, and what is wrong.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader, in C where built
    except (OSError, yaml.YAMLError) as error:
        message = f"{path.name}: cannot be read as YAML: {error}"
        raise DataFileInvalid(message) from error
    try:
        return model.model_validate(document)
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'document'}: {problem['msg']}"
            for problem in error.errors()
        )
        message = f"{path.name}: {places}"
        raise DataFileInvalid(message) from error
