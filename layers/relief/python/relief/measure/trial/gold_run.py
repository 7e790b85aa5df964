"""Run gold conversations through Relief and through the baseline, side by side."""

from collections.abc import Callable, Sequence

from relief.contracts.model import LenientContract
from relief.measure.gold import GoldConversation
from relief.measure.trial.baseline import Baseline
from relief.measure.trial.promises import find_breaches, find_differences
from relief.measure.trial.runner import TurnRunner, play
from relief.measure.trial.score import Result, SideTotals, conclude, total


class GoldTotals(LenientContract):
    """What a gold run came to."""

    conversations: int
    turns: int
    versions: dict[str, str]
    ours: SideTotals
    baseline: SideTotals


class GoldRun:
    """The results of both sides."""

    def __init__(self, ours: Sequence[Result], baseline: Sequence[Result]) -> None:
        """Keep the results, a pair a conversation."""
        self.ours = ours
        self.baseline = baseline

    def totals(self) -> GoldTotals:
        """Return the totals of both sides."""
        versions = self.ours[-1].answers[-1].versions if self.ours else None
        return GoldTotals(
            conversations=len(self.ours),
            turns=sum(len(one.answers) for one in self.ours),
            versions=versions.model_dump() if versions else {},
            ours=total(self.ours),
            baseline=total(self.baseline),
        )


def run_gold(
    conversations: Sequence[GoldConversation], runner: TurnRunner, advance: Callable[[], None], *, twice: bool
) -> GoldRun:
    """Run every conversation through both sides. ``advance`` is called after each.

    ``twice``: each conversation runs a second time, and must be decided the same.

    Raises:
        TurnRefused: a turn got no answer.
    """
    baseline = Baseline()
    ours, theirs = [], []
    for one in conversations:
        answers = play(one, runner)
        breaches = find_breaches(one.turns, answers, runner.stored(), one.given_back)
        if twice:
            breaches += find_differences(answers, play(one, runner))
        ours.append(conclude(one, answers, breaches))
        simple = play(one, baseline)
        missed = find_breaches(one.turns, simple, baseline.stored(), one.given_back)
        theirs.append(conclude(one, simple, missed))
        advance()
    return GoldRun(ours, theirs)
