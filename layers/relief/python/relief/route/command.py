"""The commands of ``python -m relief.route``."""

import argparse
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from relief.decide.journeys import DEFAULT_JOURNEY, SHIPPED_JOURNEYS, read_journeys
from relief.decide.policy import Policy, load_policy
from relief.decide.source import load_source
from relief.detect.intents import known_intents
from relief.errors import DataFileInvalid
from relief.route.lint import lint_table
from relief.route.tables import RoutingTable


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
    return check(asked.table, asked.journeys, asked.policy)


def check(table_file: Path, journeys_folder: Path = SHIPPED_JOURNEYS, policy_file: Path | None = None) -> Outcome:
    """Say what is wrong with a routing table, or that nothing is."""
    try:
        table = load_source(table_file, RoutingTable)
        journeys = read_journeys(journeys_folder)
        policy = load_source(policy_file, Policy) if policy_file else load_policy()
    except DataFileInvalid as error:
        return Outcome("\n".join(str(error).split("; ")), Exit.unusable)
    if DEFAULT_JOURNEY not in journeys:
        message = f"{journeys_folder}: {DEFAULT_JOURNEY}.yaml is missing; add it, it takes what no other journey does"
        return Outcome(message, Exit.unusable)
    faults = lint_table(table, journeys, policy, set(known_intents()))
    if faults:
        return Outcome("\n".join(f"{table_file.name}: {fault}" for fault in faults), Exit.findings)
    counted = f"{len(table.intents)} intents, {len(table.queues)} queues, {len(table.hours)} opening hours"
    return Outcome(f"{table_file.name}: {counted}; every intent has a queue and every queue can be reached", Exit.sound)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m relief.route", description="Check routing tables.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    lint = commands.add_parser("check", help="find intents without a queue, queues that nobody reaches, and more")
    lint.add_argument("table", type=Path, help="the routing table's YAML file")
    lint.add_argument("--journeys", type=Path, default=SHIPPED_JOURNEYS, help="folder of journeys; the shipped ones")
    lint.add_argument("--policy", type=Path, help="the policy's YAML file; the one in force")
    return parser
