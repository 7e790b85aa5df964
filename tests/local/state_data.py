"""What moto's interpreter does with a state's data, without its copies and walks: paths, copies, sizes."""

# moto's interpreter has no annotations at all, so here strictness about them has nothing to work with.
# mypy: disable-error-code="no-untyped-call, no-any-return, typeddict-item, attr-defined, union-attr"

import copy
import functools
import marshal
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from jsonpath_ng import parse as parse_reference_path
from jsonpath_ng.ext import parse as parse_json_path
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJsonPath
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramState
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.quotas import MAX_STATE_SIZE_UTF8_BYTES, is_within_size_quota

_FIELDS_PATH: Final = re.compile(r"\$(\.[A-Za-z_]\w*)+")

# A path that leads to one place at most; any other gives an array, as on AWS.
_DEFINITE_PATH: Final = re.compile(r"""\$(\.[^\W\d]\w*|\['[^']*'\]|\["[^"]*"\]|\[\d+\])*""")

# A control character takes one byte in memory, and six as an escape sequence in JSON.
_MOST_BYTES_OF_JSON_PER_BYTE: Final = 6


class CheapCopies:
    """Stands in for the module copy: the interpreter copies the whole state a dozen times in each step."""

    copy = staticmethod(copy.copy)

    @staticmethod
    def deepcopy(value: Any, memo: Any = None) -> Any:
        """Copy JSON data through C code; anything else as always."""
        if isinstance(value, ProgramState):
            duplicate = object.__new__(type(value))
            duplicate.__dict__.update(value.__dict__)  # all of them texts
            return duplicate
        try:
            return marshal.loads(marshal.dumps(value))  # noqa: S302 - the bytes come from the same line
        except ValueError:
            return copy.deepcopy(value, memo)


class NoCopies:
    """Stands in for the module copy where a state's data is handed on.

    Nothing changes such data in place: parameters are copied before they are put into a service's form, results are
    new, and a ResultPath copies what it changes.
    """

    @staticmethod
    def deepcopy(value: Any) -> Any:
        """Return the value itself."""
        return value


def evaluate_path(self: StringJsonPath, env: Environment) -> None:
    """Put on the stack what a path leads to; the whole is handed on as it is."""
    data = env.stack[-1]
    env.stack.append(data if self.json_path == "$" else json_path.extract_json(self.json_path, data))


class _FieldsPath:
    """A path of names alone, such as "$.loaded.context"; the general one walks through the whole state."""

    def __init__(self, path: str) -> None:
        self._names = path.split(".")[1:]

    def find(self, data: Any) -> list["_Found"]:
        """Return what is where the path leads, or nothing."""
        for name in self._names:
            if not isinstance(data, dict) or name not in data:
                return []
            data = data[name]
        return [_Found(data)]

    def update_or_create(self, data: Any, value: Any) -> Any:
        """Return the data with a value where the path leads; what is on the way is copied, all else shared."""
        changed = place = dict(data)
        for name in self._names[:-1]:
            inner = place.get(name)
            place[name] = dict(inner) if isinstance(inner, dict) else {}
            place = place[name]
        place[self._names[-1]] = value
        return changed


class _GeneralPath:
    """Any other reference path, which changes in place and hence needs a copy."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._parsed = parse_reference_path(path)

    def update_or_create(self, data: Any, value: Any) -> Any:
        """Return a copy of the data with a value where the path leads."""
        return value if self._path == "$" else self._parsed.update_or_create(CheapCopies.deepcopy(data), value)


@dataclass(frozen=True)
class _Found:
    """A value that a path found; the interpreter asks whether it came out of an array."""

    value: Any
    path: None = None
    context: None = None


def reference_path(path: str) -> Any:
    """Return what writes where a reference path leads."""
    return _FieldsPath(path) if _FIELDS_PATH.fullmatch(path) else _GeneralPath(path)


def parse_path(path: str) -> Any:
    """Return what finds where a path leads."""
    return _FieldsPath(path) if _FIELDS_PATH.fullmatch(path) else parse_json_path(path)


def extract_json_by(moto_s_own: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Return what reads a path; moto's own gives an array for some paths that lead to one place, such as "$[0].a"."""

    @functools.cache
    def definite(path: str) -> bool:
        return _DEFINITE_PATH.fullmatch(path) is not None

    def extract_json(path: str, data: Any) -> Any:
        if not definite(path):
            return moto_s_own(path, data)
        found = json_path.parse(path).find(data)
        if not found:
            raise json_path.NoSuchJsonPathError(json_path=path, data=data)
        return found[0].value

    return extract_json


def fits_the_quota(value: Any) -> bool:
    """Check the size of a state's data, in JSON only where its size in memory does not settle the question."""
    try:
        if len(marshal.dumps(value)) * _MOST_BYTES_OF_JSON_PER_BYTE < MAX_STATE_SIZE_UTF8_BYTES:
            return True
    except ValueError:
        pass
    return is_within_size_quota(value)
