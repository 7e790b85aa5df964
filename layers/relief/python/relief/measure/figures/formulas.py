"""Every figure, once: name, definition, source, and how it comes from the counters."""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from relief.contracts.figures import Figure, FormulaView
from relief.measure.figures.sketch import RELATIVE_ERROR, find_percentile
from relief.measure.figures.tally import Counts

_MISSION: Final = "Mission, section 9: effort is measured, not deflection."
_ENDINGS: Final = ("abandoned", "resolved", "contained", "deflected", "unresolved")
_TIMINGS: Final = ("early", "right", "late")
_PERCENT: Final = f"Percentile of nearest rank, within {RELATIVE_ERROR:.0%} (DDSketch; Masson, Rim, Lee, PVLDB 2019)."


class Formula(NamedTuple):
    """One figure."""

    name: str
    title: str
    definition: str
    source: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    compute: Callable[[Counts], Figure]

    def view(self) -> FormulaView:
        """Return what readers see of it."""
        return FormulaView.model_validate({name: getattr(self, name) for name in FormulaView.model_fields})


def _ratio(part: str, whole: str, scale: float = 1) -> Callable[[Counts], Figure]:
    return lambda counts: _divide(counts[part] * scale, counts[whole])


def _share_of(part: str, parts: tuple[str, ...]) -> Callable[[Counts], Figure]:
    return lambda counts: _divide(counts[part], sum(counts[one] for one in parts))


def _percentile(name: str, share: float) -> Callable[[Counts], Figure]:
    def compute(counts: Counts) -> Figure:
        start = f"{name}#"
        buckets = {int(key[len(start) :]): number for key, number in counts.items() if key.startswith(start)}
        value = find_percentile(buckets, share)
        return Figure(value=None if value is None else round(value, 1), count=sum(buckets.values()))

    return compute


def _divide(part: float, whole: int) -> Figure:
    return Figure(value=round(part / whole, 4) if whole else None, count=whole)


def _ends(ending: str) -> Callable[[Counts], Figure]:
    return _share_of(f"end_{ending}", tuple(f"end_{one}" for one in _ENDINGS))


def _timing(timing: str) -> Callable[[Counts], Figure]:
    return _share_of(f"timing_{timing}", tuple(f"timing_{one}" for one in _TIMINGS))


FORMULAS: Final = (
    Formula(
        "repeat_contact_rate",
        "Repeated contacts",
        "Sessions of a customer with the same intent as another session of theirs that began at most 7 days before, "
        "divided by all sessions of known customers with a known intent.",
        "The complement of first contact resolution with a window of 7 days (SQM Group; ISO 18295-1). " + _MISSION,
        "share",
        "lower",
        _ratio("repeats", "contacts"),
    ),
    Formula(
        "time_to_human_p50_seconds",
        "Time to a person, median",
        "From the first turn in which the customer asked for a person, or one was decided on, to the first acceptance, "
        "question or resolution that the desk reports. " + _PERCENT,
        _MISSION,
        "seconds",
        "lower",
        _percentile("wait", 0.5),
    ),
    Formula(
        "time_to_human_p95_seconds",
        "Time to a person, 95 of 100",
        "As the median, but of the wait that 95 of 100 customers do not exceed. " + _PERCENT,
        _MISSION,
        "seconds",
        "lower",
        _percentile("wait", 0.95),
    ),
    Formula(
        "turns_after_asking",
        "Turns after asking",
        "Customer turns between the first one that asked for a person, or led to one, and the person's first word, "
        "averaged over sessions that reached a person.",
        _MISSION,
        "turns",
        "lower",
        _ratio("turns_after_asking", "waits"),
    ),
    Formula(
        "same_step_retries",
        "Same step again",
        "Turns in which the bot reports a step that had failed or been refused before in the session, a session.",
        "Mission, section 6: the same failed step is never tried again unchanged.",
        "turns a session",
        "lower",
        _ratio("retries", "sessions"),
    ),
    Formula(
        "frustration_shift",
        "Frustration, first to last turn",
        "Frustration score of the last turn minus that of the first, averaged over sessions; negative is relief.",
        _MISSION,
        "score",
        "lower",
        _ratio("shift_milli", "sessions", 0.001),
    ),
    Formula(
        "time_to_resolution_p50_seconds",
        "Time to resolution, median",
        "From the first turn to the reported end of sessions that ended resolved; the desk's resolution where the "
        "caller reports no outcome. " + _PERCENT,
        _MISSION,
        "seconds",
        "lower",
        _percentile("resolution", 0.5),
    ),
    Formula(
        "time_to_resolution_p95_seconds",
        "Time to resolution, 95 of 100",
        "As the median, but of the time that 95 of 100 resolved sessions do not exceed. " + _PERCENT,
        _MISSION,
        "seconds",
        "lower",
        _percentile("resolution", 0.95),
    ),
    Formula(
        "customer_effort_score",
        "Customer effort score",
        "Mean answer, from 1 to 7, to 'It was easy to get my issue handled'; 7 is the least effort.",
        "CES 2.0 (CEB, now Gartner, 2013), after Dixon, Freeman, Toman, Harvard Business Review 2010.",
        "points of 7",
        "higher",
        _ratio("score_sum", "scores"),
    ),
    Formula(
        "handover_rate",
        "Handed over",
        "Hand-overs divided by sessions. Neither high nor low is good in itself.",
        _MISSION,
        "hand-overs a session",
        "neither",
        _ratio("handoffs", "sessions"),
    ),
    Formula(
        "reask_rate",
        "Asked again by a person",
        "Hand-overs in which the customer had to supply again what was known (by the person's verdict, or by an "
        "`asked` event for a slot of `do_not_ask`), of those with a verdict or an `asked` event.",
        "Mission, section 7: nobody asks twice.",
        "share",
        "lower",
        _ratio("asked_again", "ask_known"),
    ),
    Formula(
        "summary_correct_rate",
        "Summary was right",
        "Hand-overs whose summary the person called correct, of those in which they gave a verdict on it.",
        "Mission, section 5.",
        "share",
        "higher",
        _ratio("summaries_right", "summaries"),
    ),
    Formula(
        "reroute_rate",
        "Sent elsewhere",
        "Hand-overs that a person put back or that changed the queue, of all hand-overs.",
        "Transfer rate, as contact centres count it (ISO 18295-1).",
        "share",
        "lower",
        _ratio("rerouted", "handoffs"),
    ),
    Formula(
        "reconstruction_p50_seconds",
        "Time to understand the case, median",
        "Seconds that the person says they needed to understand the case. " + _PERCENT,
        "Mission, section 5.",
        "seconds",
        "lower",
        _percentile("reconstruction", 0.5),
    ),
    Formula(
        "reconstruction_p95_seconds",
        "Time to understand the case, 95 of 100",
        "As the median, but of the time that 95 of 100 cases do not exceed. " + _PERCENT,
        "Mission, section 5.",
        "seconds",
        "lower",
        _percentile("reconstruction", 0.95),
    ),
    *(
        Formula(
            f"handover_{timing}_rate",
            f"Hand-over came {word}",
            f"Hand-overs that the person called {timing}, of those whose timing they judged.",
            _MISSION,
            "share",
            "higher" if timing == "right" else "lower",
            _timing(timing),
        )
        for timing, word in (("early", "too early"), ("right", "at the right time"), ("late", "too late"))
    ),
    Formula(
        "resolved_rate",
        "Resolved with a person",
        "Sessions that ended resolved after a hand-over, of all sessions whose end is known.",
        _MISSION,
        "share",
        "higher",
        _ends("resolved"),
    ),
    Formula(
        "contained_rate",
        "Resolved by the bot alone",
        "Sessions that were reported as resolved without any hand-over, of all sessions whose end is known.",
        "Mission, section 12: containment counts only where the customer's matter was resolved.",
        "share",
        "higher",
        _ends("contained"),
    ),
    Formula(
        "deflected_rate",
        "Deflected",
        "Sessions that ended unresolved without any hand-over, of all sessions whose end is known: kept from a person, "
        "and not helped.",
        "Mission, section 12: deflection is not success.",
        "share",
        "lower",
        _ends("deflected"),
    ),
    Formula(
        "unresolved_rate",
        "Unresolved with a person",
        "Sessions that ended unresolved after a hand-over, of all sessions whose end is known.",
        _MISSION,
        "share",
        "lower",
        _ends("unresolved"),
    ),
    Formula(
        "abandoned_rate",
        "Abandoned",
        "Sessions that the customer left, as the caller or the desk reports, of all sessions whose end is known.",
        _MISSION,
        "share",
        "lower",
        _ends("abandoned"),
    ),
)
"""In the order in which they are shown."""


def compute_figures(counts: Counts) -> dict[str, Figure]:
    """Return every figure of some counters by its name."""
    return {formula.name: formula.compute(counts) for formula in FORMULAS}
