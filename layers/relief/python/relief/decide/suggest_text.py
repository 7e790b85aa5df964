"""The report of suggestions as text for a terminal, and the reading of a file of reviews."""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from relief.contracts.review import ReviewItem
from relief.contracts.suggestion import LeverStanding, Proportion, Suggestions
from relief.errors import DataFileInvalid


def read_reviews(lines: Iterable[str], name: str) -> Iterator[ReviewItem]:
    """Yield the reviews of a file of JSON lines, blank ones left out.

    Raises:
        DataFileInvalid: a line is no review; names file, line and what to do.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield ReviewItem.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "the line"
            message = (
                f"{name}, line {number}: {place}: {first['msg']}; each line is one review as JSON, as "
                "python -m relief.store reviews writes them"
            )
            raise DataFileInvalid(message) from error


def tell_suggestions(report: Suggestions) -> str:
    """Return the report as text for a person."""
    lines = [f"policy {report.policy} agrees with reviewers on {_tell(report.agreement)}"]
    lines += [f"left out: {count} because {why}" for why, count in report.left_out.items()]
    lines.append("where a rule or rung decides:")
    lines += [f"  {one.rule:28} {_tell(one.standing)}" for one in report.rules]
    lines.append(f"numbers that would have agreed better ({report.tried} values tried):")
    better = [one for one in report.levers if one.better is not None]
    lines += [f"  {_tell_lever(one)}" for one in better] or ["  none"]
    lines.append(f"left alone, because a promise rests on them: {', '.join(report.untouched) or 'none'}")
    suggested = [one for one in report.levers if one.suggested]
    lines.append("")
    if report.verdicts < report.fewest:
        lines.append(
            f"Nothing is suggested on {report.verdicts} verdicts; {report.fewest} are the fewest. Review more."
        )
    elif not suggested:
        lines.append("Nothing is suggested: what agreed better may have done so by chance.")
    else:
        lines.append("Suggested, one at a time; what follows is measured on the very verdicts that chose it:")
        lines += [f"  {one.lever}: {one.now:g} -> {one.better:g}" for one in suggested]
        lines.append("Put one into a copy of the policy, then prove it (check) and try it on all decisions (replay).")
    return "\n".join(lines)


def _tell(one: Proportion) -> str:
    return f"{one.agreed} of {one.verdicts} [{one.lower:.2f}, {one.upper:.2f}]"


def _tell_lever(one: LeverStanding) -> str:
    agreement = _tell(one.agreement) if one.agreement else ""
    verdict = "suggested" if one.suggested else "not enough"
    change = f"{one.now:g} -> {one.better:g}"
    return f"{one.lever:30} {change:14} +{one.gained} -{one.lost}  {agreement}  {verdict} (bound {one.bound:.2f})"
