"""What a proof finds, and how it is told: the kind of fault, what to do, and a conversation that shows it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """The kinds of fault that a policy can have."""

    ignored_request = "ignored request for a human"
    dead_end = "dead end"
    loop = "loop"
    asked_again = "asked again"
    failure = "decision fails"
    unreachable_rule = "unreachable rule"
    losing_rule = "rule always loses"
    contradiction = "contradiction"
    missing_fallback = "missing fallback"


_PROMISES = {
    Fault.ignored_request: 1,
    Fault.dead_end: 1,
    Fault.loop: 2,
    Fault.asked_again: 3,
    Fault.failure: 4,
    Fault.missing_fallback: 4,
}


@dataclass(frozen=True)
class Finding:
    """One fault: in one sentence, with its cure, and the smallest conversation that shows it."""

    fault: Fault
    what: str
    cure: str
    conversation: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def tell(self) -> str:
        """Return the finding as text for a person."""
        promise = _PROMISES.get(self.fault)
        title = self.fault.value.upper() + (f" (promise {promise})" if promise else "")
        lines = [f"{title}: {self.what}", f"  what to do: {self.cure}"]
        if self.conversation:
            lines += ["  the smallest conversation that shows it:", *(f"    {line}" for line in self.conversation)]
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """What a check has done and found. ``seconds`` is the time that it took."""

    policy: str
    findings: tuple[Finding, ...]
    points: int
    """Points of the one-turn decision space that were decided."""
    states: int
    """States of conversations that were visited."""
    turns: int
    """Turns that were decided between them."""
    seconds: float
    undecided: tuple[str, ...] = field(default=())
    """Questions that the bounds of the search left open."""

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings

    def tell(self) -> str:
        """Return the report as text for a person."""
        lines = [finding.tell() for finding in self.findings]
        lines += [f"not decided: {one}" for one in self.undecided]
        verdict = "keeps the promises" if self.sound else f"{len(self.findings)} findings"
        lines.append(
            f"policy {self.policy}: {verdict}; {self.states} states of conversations, {self.turns} turns between them, "
            f"{self.points} points of single turns, {self.seconds:.1f} s"
        )
        return "\n".join(lines)
