"""The commands of ``python -m relief.decide``."""

import argparse
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from relief.decide.journeys import DEFAULT_JOURNEY, SHIPPED_JOURNEYS, read_journeys
from relief.decide.policy import SHIPPED_POLICY, Policy
from relief.decide.proof.check import check_policy
from relief.decide.replay import replay_decisions
from relief.decide.replay_text import read_decisions, tell_replay
from relief.decide.source import load_source
from relief.decide.suggest import FEWEST, suggest
from relief.decide.suggest_text import read_reviews, tell_suggestions
from relief.errors import DataFileInvalid


class Exit(IntEnum):
    """Exit codes."""

    sound = 0
    findings = 1
    unusable = 2


class Outcome(NamedTuple):
    """What a command has to say."""

    text: str
    code: Exit


def run_command(arguments: Sequence[str]) -> Outcome:
    """Run the command that these arguments name."""
    asked = _parser().parse_args(arguments)
    if asked.command == "suggest":
        return suggest_changes(asked.decisions, asked.reviews, asked.policy, asked.fewest, as_json=asked.json)
    if asked.command == "replay":
        return replay(asked.decisions, asked.policy, as_json=asked.json)
    return check(asked.policy, asked.journeys, asked.processes)


def check(policy_file: Path, journeys_folder: Path, processes: int | None = None) -> Outcome:
    """Prove that a policy keeps the promises, or show how it does not."""
    try:
        policy = load_source(policy_file, Policy)
        journeys = read_journeys(journeys_folder)
    except DataFileInvalid as error:
        return Outcome(_line_by_line(error), Exit.unusable)
    if DEFAULT_JOURNEY not in journeys:
        message = f"{journeys_folder}: {DEFAULT_JOURNEY}.yaml is missing; add it, it takes what no other journey does"
        return Outcome(message, Exit.unusable)
    report = check_policy(policy, journeys, processes)
    return Outcome(report.tell(), Exit.sound if report.sound else Exit.findings)


def replay(decisions_file: Path, policy_file: Path, *, as_json: bool = False) -> Outcome:
    """Tell what a candidate policy would have decided otherwise."""
    try:
        policy = load_source(policy_file, Policy)
        with decisions_file.open(encoding="utf-8") as lines:
            found = replay_decisions(read_decisions(lines, decisions_file.name), policy)
    except DataFileInvalid as error:
        return Outcome(_line_by_line(error), Exit.unusable)
    except (OSError, UnicodeDecodeError) as error:
        return Outcome(f"{decisions_file}: cannot be read: {error}", Exit.unusable)
    return Outcome(found.model_dump_json(indent=2) if as_json else tell_replay(found), Exit.sound)


def suggest_changes(
    decisions_file: Path, reviews_file: Path, policy_file: Path, fewest: int = FEWEST, *, as_json: bool = False
) -> Outcome:
    """Tell which small changes of a policy would have agreed better with the reviewers."""
    try:
        policy = load_source(policy_file, Policy)
        with decisions_file.open(encoding="utf-8") as decisions, reviews_file.open(encoding="utf-8") as reviews:
            report = suggest(
                read_decisions(decisions, decisions_file.name), read_reviews(reviews, reviews_file.name), policy, fewest
            )
    except DataFileInvalid as error:
        return Outcome(_line_by_line(error), Exit.unusable)
    except (OSError, UnicodeDecodeError) as error:
        return Outcome(f"{decisions_file}, {reviews_file}: cannot be read: {error}", Exit.unusable)
    return Outcome(report.model_dump_json(indent=2) if as_json else tell_suggestions(report), Exit.sound)


def _line_by_line(error: DataFileInvalid) -> str:
    """Return a problem a line, where a file has several."""
    name = error.detail.partition(",")[0]
    return error.detail.replace(f"; {name}, line ", f"\n{name}, line ")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m relief.decide", description="Prove and try out policies.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    proof = commands.add_parser("check", help="prove the promises over the whole decision space, or show a fault")
    proof.add_argument("policy", type=Path, help="the policy's YAML file")
    proof.add_argument("--journeys", type=Path, default=SHIPPED_JOURNEYS, help="folder of journeys; the shipped ones")
    proof.add_argument("--processes", type=int, help="processes to use; as many as there are processors")
    again = commands.add_parser("replay", help="tell what a candidate policy would have decided otherwise")
    again.add_argument(
        "decisions", type=Path, help="decision records as JSON lines; python -m relief.store writes them"
    )
    again.add_argument("--policy", type=Path, required=True, help="the candidate's YAML file")
    again.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    better = commands.add_parser("suggest", help="tell which small changes would have agreed better with reviewers")
    better.add_argument("decisions", type=Path, help="decision records as JSON lines; python -m relief.store decisions")
    better.add_argument("reviews", type=Path, help="judged reviews as JSON lines; python -m relief.store reviews")
    better.add_argument("--policy", type=Path, default=SHIPPED_POLICY, help="the policy's YAML file; the shipped one")
    better.add_argument(
        "--fewest", type=int, default=FEWEST, help=f"verdicts below which nothing is suggested ({FEWEST})"
    )
    better.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    return parser
