"""Parse the command line, run, and report: totals on standard output, failures and progress on standard error."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from relief.detect.__main__ import find_classifier
from relief.errors import DataFileInvalid, ReliefError
from relief.measure.gold import GoldConversation, load_conversations
from relief.measure.progress import ProgressBar
from relief.measure.trial.comparison import compare_sides
from relief.measure.trial.gold_run import GoldRun, run_gold
from relief.measure.trial.handover import measure_handovers, tell_table
from relief.measure.trial.mission import SHIPPED_CASES, load_cases, run_mission
from relief.measure.trial.remote import HttpRunner
from relief.measure.trial.runner import InProcessRunner, TurnRunner
from relief.measure.trial.score import write_row
from relief.measure.trial.synthetic.bot import BotRates
from relief.measure.trial.synthetic.population import load_population
from relief.measure.trial.synthetic.shift import Staffing
from relief.measure.trial.synthetic.simulate import parse_plan, simulate, tell
from relief.observability import logger

_TOKEN_VARIABLE = "RELIEF_TOKEN"  # noqa: S105 - a variable's name


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 1 where the mission's cases come out otherwise, 2 where it could not be done."""
    options = _parser().parse_args(arguments)
    # Logs go to standard output, which is the totals' own.
    logger.setLevel(logging.CRITICAL)
    try:
        return int(options.run(options))
    except ReliefError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m relief.measure", description="Measure whole conversations.")
    commands = parser.add_subparsers(required=True, metavar="gold|handoff|mission")
    gold = commands.add_parser("gold", help="run gold conversations and the baseline, and hold both to expectations")
    gold.add_argument("folder", type=Path, help="folder of *.jsonl files, a conversation a line")
    gold.add_argument("--out", type=Path, help="write a JSON line for each conversation here")
    gold.add_argument("--console", type=Path, help="write the comparison that the console's Effort view shows here")
    gold.add_argument("--url", help="run against this API instead of in this process")
    gold.add_argument(
        "--token",
        default=os.environ.get(_TOKEN_VARIABLE, ""),
        help=f"access token for it; {_TOKEN_VARIABLE} by default",
    )
    gold.add_argument(
        "--stage",
        action="store_true",
        help="with --url: declare the conversations' incidents there, and report what desks did; "
        "without it, conversations with such events are left out",
    )
    gold.set_defaults(run=_gold)
    handoff = commands.add_parser("handoff", help="compare what a person gets with the last ten messages; the queues")
    handoff.add_argument("folder", type=Path, help="folder of *.jsonl files, a conversation a line")
    handoff.set_defaults(run=_handoff)
    mission = commands.add_parser("mission", help="decide the mission's own examples, and hold them against it")
    mission.add_argument("--cases", type=Path, default=SHIPPED_CASES, help="the cases' YAML file; the shipped one")
    mission.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    mission.set_defaults(run=_mission)
    _add_simulate(commands.add_parser("simulate", help="play synthetic customers, with and without Relief"))
    return parser


def _add_simulate(simulate: argparse.ArgumentParser) -> None:
    simulate.add_argument("--customers", type=int, help="how many, over all shifts (720)")
    simulate.add_argument("--shifts", type=int, help="independent shifts that they are spread over (12)")
    simulate.add_argument("--seed", type=int, help="the same seed gives the same result (1)")
    for name, field in BotRates.model_fields.items():
        option = f"--{name.replace('_', '-')}"
        simulate.add_argument(option, type=float, help=f"{field.description or 'rate of the bot'} ({field.default})")
    simulate.add_argument("--people", type=int, help="people who take over (3)")
    simulate.add_argument("--per-hour", type=float, help="customers who come in an hour (60)")
    simulate.add_argument(
        "--population", type=Path, help="your own customers, in the format of synthetic/customers.yaml"
    )
    simulate.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    simulate.set_defaults(run=_simulate)


def _simulate(options: argparse.Namespace) -> int:
    given = {name: value for name, value in vars(options).items() if value is not None}
    parts = {
        "bot": {name: given[name] for name in BotRates.model_fields if name in given},
        "staffing": {name: given[name] for name in Staffing.model_fields if name in given},
    }
    own: dict[str, Any] = {name: given[name] for name in ("customers", "shifts", "seed") if name in given}
    plan = parse_plan({**own, **parts})
    population = load_population(options.population)
    bar = ProgressBar("Customers", plan.customers)
    report = simulate(plan, population, InProcessRunner(find_classifier()), bar.advance)
    sys.stdout.write(report.model_dump_json(indent=1) + "\n" if options.json else tell(report))
    return 0


def _handoff(options: argparse.Namespace) -> int:
    conversations = _load(options)
    bar = ProgressBar("Conversations", len(conversations))
    totals = measure_handovers(conversations, InProcessRunner(find_classifier()), bar.advance)
    sys.stderr.write(tell_table(totals))
    sys.stdout.write(totals.model_dump_json(indent=1) + "\n")
    return 0


def _mission(options: argparse.Namespace) -> int:
    table = run_mission(load_cases(options.cases), InProcessRunner(find_classifier()))
    sys.stdout.write(table.model_dump_json(indent=1) + "\n" if options.json else table.tell())
    return 1 if table.deviating else 0


def _load(options: argparse.Namespace) -> list[GoldConversation]:
    if not options.folder.is_dir():
        message = f"There is no folder {options.folder}."
        raise DataFileInvalid(message)
    conversations = list(load_conversations(options.folder))
    if not conversations:
        message = f"{options.folder} holds no conversations: name a folder of *.jsonl files."
        raise DataFileInvalid(message)
    return conversations


def _gold(options: argparse.Namespace) -> int:
    conversations = _playable(_load(options), options)
    bar = ProgressBar("Conversations", len(conversations))
    run = run_gold(conversations, _runner(options), bar.advance, twice=options.url is None)
    if options.out is not None:
        _write_text(options.out, "".join(write_row(one).model_dump_json() + "\n" for one in run.ours))
    if options.console is not None:
        comparison = compare_sides(run, datetime.now(UTC).date())
        _write_text(options.console, comparison.model_dump_json(indent=1) + "\n")
    _name_failures(run, sys.stderr)
    sys.stdout.write(run.totals().model_dump_json(indent=1) + "\n")
    return 0


def _playable(conversations: list[GoldConversation], options: argparse.Namespace) -> list[GoldConversation]:
    """Leave out what would declare incidents on a running installation, unless that is wanted."""
    if options.url is None or options.stage:
        return conversations
    playable = [one for one in conversations if not one.events]
    if len(playable) < len(conversations):
        left = len(conversations) - len(playable)
        sys.stderr.write(f"{left} conversations with incidents or events of desks are left out; --stage plays them.\n")
    return playable


def _runner(options: argparse.Namespace) -> TurnRunner:
    return HttpRunner(options.url, options.token) if options.url else InProcessRunner(find_classifier())


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}."
        raise DataFileInvalid(message) from error


def _name_failures(run: GoldRun, out: TextIO) -> None:
    for result in run.ours:
        one: GoldConversation = result.conversation
        out.writelines(f"{one.session_id} ({one.kind.value}): {failure}\n" for failure in write_row(result).failures)
