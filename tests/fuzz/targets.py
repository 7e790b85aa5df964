"""What the fuzzers with coverage call: redaction and the policy loader, each with what must hold whatever comes in."""

import contextlib
import sys

from relief.decide.policy import parse_policy
from relief.errors import ReliefError
from relief.privacy.redact import redact


def fuzz_redaction(data: bytes) -> None:
    """Redact any text: findings lie in it, in order, and what is redacted is redacted."""
    text = data.decode("utf-8", "replace")
    redaction = redact(text)
    before = 0
    for found in redaction.found:
        assert before <= found.start <= found.end <= len(text), found
        before = found.end
    again = redact(redaction.text)
    assert again.text == redaction.text, "redacted text is redacted"


def fuzz_policy(data: bytes) -> None:
    """Open any document as a policy: it is taken, or refused in words, and nothing else happens."""
    with contextlib.suppress(ReliefError):
        parse_policy(data.decode("utf-8", "replace"), "fuzz.yaml")


def main() -> None:
    """Run a target under atheris: ``python -m tests.fuzz.targets NAME [libFuzzer options]``."""
    import atheris

    name = sys.argv.pop(1)
    atheris.instrument_all()
    atheris.Setup(sys.argv, {"redaction": fuzz_redaction, "policy": fuzz_policy}[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
