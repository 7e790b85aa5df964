"""Keep a summary within its budget: shorten and drop in a fixed order, and say what was dropped."""

from relief.contracts.summary import MAX_SUMMARY_BYTES, Summary

# The least useful to the next step goes first. Facts go last, and their names stay in do_not_ask.
_DROP_ORDER = ("evidence", "preferences", "open_questions", "tried", "facts", "do_not_ask")
_SHORT_VALUE = 60


def size_in_bytes(summary: Summary) -> int:
    """Return the size of the summary as canonical JSON in UTF-8, in bytes."""
    return len(summary.model_dump_json().encode())


def fit_summary(summary: Summary) -> Summary:
    """Return the summary within ``MAX_SUMMARY_BYTES``; ``dropped`` names what was shortened or left out."""
    fitted = summary
    for field in _DROP_ORDER:
        if size_in_bytes(fitted) <= MAX_SUMMARY_BYTES:
            break
        fitted = _shrink(fitted, field)
    return fitted


def _shrink(summary: Summary, field: str) -> Summary:
    dropped = [*summary.dropped, field]
    value = getattr(summary, field)
    if field == "facts":
        short = {name: one[:_SHORT_VALUE] if isinstance(one, str) else one for name, one in value.items()}
        shorter = summary.model_copy(update={"facts": short, "dropped": dropped})
        if size_in_bytes(shorter) <= MAX_SUMMARY_BYTES:
            return shorter
    kept = value
    shrunk = summary.model_copy(update={"dropped": dropped})
    while kept and size_in_bytes(shrunk) > MAX_SUMMARY_BYTES:
        kept = dict(list(kept.items())[1:]) if isinstance(kept, dict) else kept[1:]
        shrunk = shrunk.model_copy(update={field: kept})
    return shrunk
