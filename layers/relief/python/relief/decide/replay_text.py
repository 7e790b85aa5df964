"""A replay as text for a terminal, and the reading of a file of recorded decisions."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import ValidationError

from relief.contracts.replay import RecordedDecision, Replay
from relief.errors import DataFileInvalid


def read_decisions(lines: Iterable[str], name: str) -> Iterator[RecordedDecision]:
    """Yield the decisions of a file of JSON lines, blank ones left out.

    Raises:
        DataFileInvalid: a line is no decision record; names file, line and what to do.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield RecordedDecision.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "the line"
            message = (
                f"{name}, line {number}: {place}: {first['msg']}; each line is one decision record as JSON, as "
                "python -m relief.store decisions writes them"
            )
            raise DataFileInvalid(message) from error


def tell_replay(replay: Replay) -> str:
    """Return the replay as text for a person."""
    lines = [f"{replay.replayed} of {replay.decisions} decisions replayed under policy {replay.policy}"]
    lines.append(f"{replay.changed} with another action, {replay.unchanged} exactly as they were")
    lines += [f"left out: {count} because {why}" for why, count in replay.skipped.items()]
    lines += _section("differences", replay.kinds)
    for journey, kinds in replay.journeys.items():
        lines += _section(f"in journey {journey}", kinds)
    lines += _section("deciding reason", replay.reasons)
    lines += _section("queue", replay.queues)
    if replay.telling:
        lines.append("most telling:")
    for one in replay.telling:
        lines.append(f"  {one.decision_id} (turn {one.turn}, {one.journey})")
        lines.append(f"      {one.text}")
    return "\n".join(lines)


def _section(title: str, counts: Mapping[str, int]) -> list[str]:
    return [f"{title}:", *(f"  {count:6}  {what}" for what, count in counts.items())] if counts else []
