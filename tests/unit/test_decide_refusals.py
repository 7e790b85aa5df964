"""Files that cannot be taken: the command names file and line, says what is wrong and what to do, and ends with 2."""

import re
import shutil
from pathlib import Path

import pytest

from relief.decide.command import Exit, run_command
from relief.decide.journeys import SHIPPED_JOURNEYS
from relief.decide.policy import SHIPPED_POLICY

LEGAL = "contains(codes, 'LEGAL_PHRASE')"


def _line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def _refused(policy: Path, journeys: Path = SHIPPED_JOURNEYS) -> str:
    outcome = run_command(["check", str(policy), "--journeys", str(journeys), "--processes", "1"])
    assert outcome.code is Exit.unusable
    return outcome.text


@pytest.mark.parametrize(
    ("change", "to", "at", "said"),
    [
        ("thresholds:\n", "thresholds: [\n", None, "cannot be read as YAML: .*check brackets, quotes and indentation"),
        (
            "  idle_turns: 2 ",
            "  colour: blue\n  idle_turns: 2 ",
            "  colour",
            "there is no such field; remove it or correct its name",
        ),
        ("  clarify_below: 0.45 ", "  # ", "thresholds:", "clarify_below: the field is missing; add it"),
        (
            LEGAL,
            "customer.tier >= `3`",
            "id: legal-or-regulator",
            "customer.tier .*one is a text and the other a number; compare it with a text",
        ),
        (LEGAL, "customer.tier == 'gold'", "id: legal-or-regulator", "customer.tier is never 'gold'; it is one of"),
        (LEGAL, "scores.frustation >= `0.5`", "id: legal-or-regulator", r"did you mean scores\.frustration\?"),
        (LEGAL, "contains(codes, 'LEGAL_FRASE')", "id: legal-or-regulator", "did you mean LEGAL_PHRASE"),
        (LEGAL, "scores.frustration", "id: legal-or-regulator", "must be true or false, is float; compare it with"),
        ('version: "2026-11.2"', 'version: "2026-11.2"\nversion: "2"', 'version: "2"', "is given twice; keep one"),
        (LEGAL, "turn.outcome > 'failed'", "id: legal-or-regulator", "only numbers have an order; use == or !="),
        (LEGAL, "turn.has_text == 'yes'", "id: legal-or-regulator", "one is a truth value and the other a text"),
        (LEGAL, "codes == `null`", "id: legal-or-regulator", "one is a collection and the other a null"),
        (LEGAL, "turn.step.name == 'x'", "id: legal-or-regulator", "turn.step has no parts"),
        (
            "measure: progress.stated_contacts\n    threshold: 3",
            "measure: progress.stated_contacts",
            "id: repeated-contact",
            "measure needs exactly one of threshold and threshold_of",
        ),
        (
            "measure: progress.stated_contacts\n    threshold: 3",
            "threshold: 3",
            "id: repeated-contact",
            "a threshold needs a measure; name what is to reach it",
        ),
        (
            "measure: progress.stated_contacts",
            "measure: turn.outcome",
            "id: repeated-contact",
            "must be a number, is str; name a score, a count or a cost",
        ),
    ],
    ids=[
        "malformed",
        "unknown field",
        "missing field",
        "mixed types",
        "no such word",
        "no such fact",
        "no such code",
        "no condition",
        "twice",
        "order of words",
        "truth value and text",
        "collection and null",
        "part of a text",
        "measure without threshold",
        "threshold without measure",
        "measure that is no number",
    ],
)
def test_a_policy_that_cannot_be_taken_is_refused_with_its_line(
    tmp_path: Path, change: str, to: str, at: str | None, said: str
) -> None:
    """Given one fault in the shipped policy, when it is checked, then file, line and cure are said."""
    text = SHIPPED_POLICY.read_text(encoding="utf-8")
    assert text.count(change) == 1
    faulty = text.replace(change, to)
    path = tmp_path / "candidate.yaml"
    path.write_text(faulty, encoding="utf-8")
    told = _refused(path)
    assert re.search(said, told)
    named = re.search(r"candidate\.yaml, line (\d+)", told)
    assert named is not None
    # A rule's condition is at most a few lines under its id.
    assert at is None or 0 <= int(named[1]) - _line_of(faulty, at) <= 3


@pytest.mark.parametrize(
    ("change", "to", "at", "said"),
    [
        (
            "alternatives: []",
            "alternatives: [verify_identity]",
            "alternatives: [verify_by_document]",
            "go in a circle: verify_identity -> verify_by_document -> verify_identity; take one of them out",
        ),
        (
            "alternatives: []",
            "alternatives: [nowhere]",
            "alternatives: [nowhere]",
            "alternative nowhere is not another step of this journey; name one of its steps",
        ),
        (
            "alternatives: []",
            "alternatives: []\n    needs: [shoe_size]",
            "needs: [shoe_size]",
            "needs slot shoe_size, which the journey does not define; add it",
        ),
        ("harm: 0.75", "harm: much", "harm: much", "harm"),
        ("sensitive: true", "sensitive: true\ncolour: blue", "colour", "colour: there is no such field; remove it"),
        (
            "name: verify_by_document",
            "name: verify_identity",
            "name: verify_identity",
            "two steps have the same name; rename one",
        ),
        ("name: account_recovery", "name: recovery", "name: rec", "rename it, or the file, so that both are the same"),
    ],
    ids=[
        "cyclic alternatives",
        "no such step",
        "no such slot",
        "wrong type",
        "unknown field",
        "two alike",
        "another file's name",
    ],
)
def test_a_journey_that_cannot_be_taken_is_refused_with_its_line(
    tmp_path: Path, change: str, to: str, at: str, said: str
) -> None:
    """Given one fault in a journey, when a policy is checked with it, then file, line and cure are said."""
    folder = tmp_path / "journeys"
    shutil.copytree(SHIPPED_JOURNEYS, folder)
    path = folder / "account_recovery.yaml"
    faulty = path.read_text(encoding="utf-8").replace(change, to, 1)
    assert to in faulty
    path.write_text(faulty, encoding="utf-8")
    told = _refused(SHIPPED_POLICY, folder)
    named = re.search(r"account_recovery\.yaml, line (\d+)", told)
    assert named is not None
    assert at in faulty.splitlines()[int(named[1]) - 1]
    assert said in told


def test_a_policy_that_is_not_there_is_said_in_plain_words(tmp_path: Path) -> None:
    """Given a name of no file, when it is checked, then that is said, and what to do, without a number of an error."""
    told = _refused(tmp_path / "nowhere.yaml")
    assert "nowhere.yaml: there is no such file; check the name" in told
    assert "Errno" not in told


def test_journeys_without_a_default_are_refused(tmp_path: Path) -> None:
    """Given a folder without the journey that takes everything else, when a policy is checked, then the cure is said."""
    folder = tmp_path / "journeys"
    shutil.copytree(SHIPPED_JOURNEYS, folder)
    (folder / "default.yaml").unlink()
    assert "default.yaml is missing; add it, it takes what no other journey does" in _refused(SHIPPED_POLICY, folder)
