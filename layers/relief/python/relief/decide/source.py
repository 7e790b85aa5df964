"""Load a data file of this stage; what is wrong with it is said with file, line and what to do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from relief.contracts.problem import FieldProblem
from relief.errors import DataFileInvalid

Model = TypeVar("Model", bound=BaseModel)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE: Final = "document"
_MISPLACED: Final = "misplaced"
_CURES = {
    "extra_forbidden": "there is no such field; remove it or correct its name",
    "missing": "the field is missing; add it",
}


def load_source(path: Path, model: type[Model]) -> Model:
    """Read one YAML file into a model.

    Raises:
        DataFileInvalid: the file cannot be read, is no YAML, repeats a key, or a field of it does not validate. The
            message has one ``file, line N: field: what is wrong and what to do`` for each problem.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        message = f"{path.name}: there is no such file; check the name"
        raise DataFileInvalid(message) from error
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name}: cannot be read: {error}"
        raise DataFileInvalid(message) from error
    return parse_source(text, path.name, model)


class Misplaced(NamedTuple):
    """What is wrong at one place of a document, and what to do."""

    place: tuple[int | str, ...]
    said: str


def misplace(place: tuple[int | str, ...], said: str) -> PydanticCustomError:
    """Return the error for a model's own validator to raise, when the fault lies at a place within the model."""
    return PydanticCustomError(_MISPLACED, "{said}", {"place": place, "said": said})


def parse_source(text: str, name: str, model: type[Model]) -> Model:
    """Read YAML text into a model; ``name`` is what messages call it. See ``load_source``.

    The error's ``errors`` have the same, a field for each problem.
    """
    try:
        loader = _Loader(text)
        tree = loader.get_single_node()
        document = loader.construct_document(tree) if tree is not None else None
    except yaml.YAMLError as error:
        said = _not_yaml(error)
        message = f"{name}, {said}"
        raise DataFileInvalid(message, (FieldProblem(field=_WHOLE, message=said),)) from error
    repeated = _repeated(tree)
    if repeated:
        raise _refuse(name, [(line, key, f"{key} is given twice; keep one") for line, key in repeated])
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise _refuse(name, [_describe(problem, tree) for problem in error.errors()]) from error


def refuse_source(text: str, name: str, problems: Sequence[Misplaced]) -> DataFileInvalid:
    """Return the error that says what is wrong where, in a text that reads well as a model."""
    tree = _Loader(text).get_single_node()
    return _refuse(name, [(_line_of(tree, one.place), _name_place(one.place), one.said) for one in problems])


def _refuse(name: str, problems: Sequence[tuple[int, str, str]]) -> DataFileInvalid:
    """Return the error for problems of line, place and what is said of it."""
    message = "; ".join(
        f"{name}, line {line}: {said}" if said.startswith(place) else f"{name}, line {line}: {place}: {said}"
        for line, place, said in problems
    )
    return DataFileInvalid(
        message, tuple(FieldProblem(field=place, message=f"line {line}: {said}") for line, place, said in problems)
    )


def _not_yaml(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error)
    place = f"line {mark.line + 1}: " if mark is not None else ""
    return f"{place}cannot be read as YAML: {what}; check brackets, quotes and indentation"


def _describe(problem: ErrorDetails, tree: yaml.Node | None) -> tuple[int, str, str]:
    said = _CURES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    place = problem["loc"] + (problem["ctx"]["place"] if problem["type"] == _MISPLACED else ())
    return _line_of(tree, place), _name_place(place), said


def _name_place(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place) or _WHOLE


def _line_of(tree: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of a place in the document: the deepest part of it that exists."""
    line = tree.start_mark.line if tree is not None else 0
    for part in place:
        found = _child(tree, part)
        if found is None:
            break
        line, tree = found
    return line + 1


def _child(tree: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(tree, yaml.MappingNode):
        for key, value in tree.value:
            if key.value == str(part):
                return key.start_mark.line, value
    if isinstance(tree, yaml.SequenceNode) and isinstance(part, int) and part < len(tree.value):
        return tree.value[part].start_mark.line, tree.value[part]
    return None


def _repeated(tree: yaml.Node | None) -> list[tuple[int, str]]:
    """Return line and name of every key that a mapping has twice: YAML would silently keep the last."""
    found: list[tuple[int, str]] = []
    if isinstance(tree, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in tree.value:
            if key.value in seen:
                found.append((key.start_mark.line + 1, key.value))
            seen.add(key.value)
            found += _repeated(value)
    elif isinstance(tree, yaml.SequenceNode):
        for value in tree.value:
            found += _repeated(value)
    return found
