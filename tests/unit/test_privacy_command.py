"""The batch command ``python -m relief.privacy``."""

import io
import json
import subprocess
import sys

import pytest

from relief.privacy.__main__ import redact_lines


def run(*lines: str | bytes) -> tuple[int, list[dict[str, object]]]:
    source = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    target = io.StringIO()
    failures = redact_lines(io.BytesIO(source), target)
    return failures, [json.loads(line) for line in target.getvalue().splitlines()]


def test_given_rows_when_redacted_then_each_has_its_text_and_findings() -> None:
    failures, rows = run(
        '{"id": "1", "text": "call +44 20 7946 0958", "locale": "en-GB"}', "", '{"id": 2, "text": "hi"}'
    )
    assert failures == 0
    assert rows == [
        {"id": "1", "text": "call [PHONE]", "found": [{"kind": "phone", "start": 5, "end": 21}]},
        {"id": 2, "text": "hi", "found": []},
    ]


@pytest.mark.parametrize(
    ("line", "identifier"),
    [("x", None), ("[]", None), ('{"text": "a"}', None), ('{"id": "1"}', "1"), ('{"id": "1", "text": 5}', "1"), (b"\xff", None),
     ('{"id": "1", "text": "a", "locale": 5}', "1"), ("[" * 100_000, None)],
)  # fmt: skip
def test_given_a_malformed_row_when_redacted_then_it_is_named_and_the_rest_goes_on(
    line: str | bytes, identifier: object
) -> None:
    failures, rows = run(line, '{"id": "9", "text": "ok"}')
    assert failures == 1
    assert rows[0]["id"] == identifier
    assert set(rows[0]) == {"id", "error"}
    assert rows[1]["text"] == "ok"


def test_given_a_malformed_row_when_the_command_ends_then_its_exit_code_is_1_and_stderr_is_silent() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "relief.privacy"],
        input=b'{"id": "1", "text": "pin 4821"}\nx\n',
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == b""
    assert json.loads(done.stdout.splitlines()[0])["text"] == "pin [SECRET]"


def test_given_lone_surrogates_when_redacted_then_they_survive_as_escapes() -> None:
    _, rows = run('{"id": "1", "text": "\\ud800 a@b.com"}')
    assert rows[0]["text"] == "\ud800 [EMAIL]"
