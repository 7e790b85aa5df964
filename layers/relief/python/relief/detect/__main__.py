"""The batch command: ``python -m relief.detect < rows.jsonl > out.jsonl``, one answer a row, in order."""

import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from pydantic import ValidationError

from relief.classify.artefact import ModelUnusable
from relief.detect.replay import Classify, Row, answer

_PROGRESS_EVERY = 100


def run(lines: Iterable[str], out: TextIO, progress: TextIO | None, classify: Classify) -> int:
    """Answer every row; return how many could not be read. Progress goes to ``progress`` where there is one."""
    failed = 0
    number = 0
    for number, line in enumerate((line for line in lines if line.strip()), start=1):
        result = _answer_line(line, number, classify)
        failed += "error" in result
        out.write(json.dumps(result) + "\n")
        if progress is not None and number % _PROGRESS_EVERY == 0:
            progress.write(f"\r{number} rows, {failed} failed")
            progress.flush()
    if progress is not None:
        progress.write(f"\r{number} rows, {failed} failed\n")
    out.flush()
    return failed


def _answer_line(line: str, number: int, classify: Classify) -> dict[str, Any]:
    identifier: object = None
    try:
        row = json.loads(line)
        identifier = row.get("id") if isinstance(row, dict) else None
        return answer(Row.model_validate(row), classify)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "row"
        return {"id": identifier, "error": f"{place}: {first['msg']}"}
    except (ValueError, RecursionError) as problem:
        return {"id": identifier, "error": f"row {number} is not JSON: {type(problem).__name__}"}


def find_classifier() -> Classify:
    """Return the installed classifier, or one that has nothing to say, which standard error is told."""
    try:
        from relief.classify.model import load_classifier  # noqa: PLC0415 - its libraries are not in the layer

        return load_classifier().classify
    except (ImportError, ModelUnusable) as error:
        sys.stderr.write(f"No classifier: {error} Detection rests on words, history and behaviour.\n")
        return lambda _text, _said: None


def main() -> int:
    """Read rows from standard input and answer them on standard output; 1 where a row could not be read."""
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    progress = sys.stderr if sys.stderr.isatty() else None
    return 1 if run(sys.stdin, sys.stdout, progress, find_classifier()) else 0


if __name__ == "__main__":
    sys.exit(main())
