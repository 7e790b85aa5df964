"""Batch redaction: JSON lines in, JSON lines out (``python -m relief.privacy < rows.jsonl > out.jsonl``).

In: ``{"id", "text", "locale"}``. Out: ``{"id", "text": redacted, "found": [{"kind", "start", "end"}]}``. A row that
is malformed gives ``{"id", "error"}``, the rest goes on, and the exit code is 1 at the end.
"""

import json
import sys
from typing import IO, Any

from relief.privacy.redact import redact

_PROGRESS_ROWS = 1_000


def redact_row(line: bytes) -> dict[str, Any]:
    """Redact one line; an error names what is wrong with the row and never repeats its text."""
    identifier: object = None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {"id": None, "error": "not JSON"}
    if not isinstance(row, dict):
        return {"id": None, "error": "not an object"}
    identifier = row.get("id")
    text = row.get("text")
    locale = row.get("locale") or "en-US"
    if identifier is None:
        return {"id": None, "error": "id is missing"}
    if not isinstance(text, str):
        return {"id": identifier, "error": "text must be a string"}
    if not isinstance(locale, str):
        return {"id": identifier, "error": "locale must be a string"}
    redaction = redact(text, locale)
    found = [{"kind": finding.kind, "start": finding.start, "end": finding.end} for finding in redaction.found]
    return {"id": identifier, "text": redaction.text, "found": found}


def redact_lines(source: IO[bytes], target: IO[str], progress: IO[str] | None = None) -> int:
    """Redact every line of ``source``; return how many were malformed. Blank lines are skipped."""
    failures = 0
    for count, line in enumerate(source, start=1):
        if not line.strip():
            continue
        answer = redact_row(line)
        failures += "error" in answer
        target.write(json.dumps(answer) + "\n")
        if progress is not None and count % _PROGRESS_ROWS == 0:
            progress.write(f"\r{count} rows")
            progress.flush()
    if progress is not None:
        progress.write("\r")
    return failures


def main() -> int:
    """Run the command on standard input and output."""
    progress = sys.stderr if sys.stderr.isatty() else None
    return 1 if redact_lines(sys.stdin.buffer, sys.stdout, progress) else 0


if __name__ == "__main__":
    sys.exit(main())
