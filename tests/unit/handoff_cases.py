"""Hand-overs for tests of projections: one to read, and a strategy for all that a record can hold."""

import json
from pathlib import Path
from typing import Final

from hypothesis import strategies as st

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig, TargetKind
from relief.contracts.vocabulary import Authentication, Channel, Lane, ReasonCode, StepOutcome

CASES: Final = Path(__file__).parent / "cases"
SAMPLE: Final = Handoff.model_validate_json((CASES / "handoff.json").read_text(encoding="utf-8"))
CONFIGS: Final = {
    config.kind: config
    for config in map(TargetConfig.model_validate, json.loads((CASES / "targets.json").read_text(encoding="utf-8")))
}

_MOMENTS = st.datetimes(timezones=st.just(SAMPLE.requested_at.tzinfo)).filter(lambda moment: moment.year > 1970)
_LONG = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.builds(
    lambda letter, times: letter * times, st.characters(exclude_categories=["Cs"]), st.integers(0, 9_000)
)
_SHORT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_VALUES = _LONG | st.booleans() | st.integers() | st.floats()
_LISTS = st.lists(_LONG, max_size=30)
_MAPS = st.dictionaries(_SHORT, _VALUES, max_size=60)
_SCORES = st.floats(0, 1)


@st.composite
def handoffs(draw: st.DrawFn, session_ids: st.SearchStrategy[str] = _SHORT) -> Handoff:
    """Return any hand-over that a record could hold, sensible or not."""
    summary = {
        "headline": draw(_LONG)[:200],
        "goal": draw(_LONG),
        "intent": draw(_SHORT),
        "emotion": {"words": draw(_LONG), "frustration": draw(_SCORES), "trend": draw(_SHORT)},
        "urgency": draw(_LONG),
        "channel": draw(st.sampled_from([*Channel, None])),
        "locale": draw(_SHORT),
        "identity": {"customer": draw(_SHORT), "authenticated": draw(st.sampled_from(Authentication))},
        "account": {
            "tier": draw(_SHORT | st.none()),
            "tenure_months": draw(st.integers() | st.none()),
            "value": draw(_SHORT | st.none()),
            "products": draw(_LISTS),
        },
        "tried": draw(
            st.lists(
                st.fixed_dictionaries(
                    {"step": _LONG, "outcome": st.sampled_from(StepOutcome), "times": st.integers(1, 10**9)}
                ),
                max_size=30,
            )
        ),
        "facts": draw(_MAPS),
        "open_questions": draw(_LISTS),
        "recommended_next": draw(_LISTS),
        "reason": {"code": draw(st.sampled_from(ReasonCode)), "text": draw(_LONG)},
        "evidence": draw(_LISTS),
        "preferences": draw(_MAPS),
        "do_not_ask": draw(_LISTS),
        "confidence": draw(_SCORES),
        "dropped": draw(_LISTS),
    }
    return SAMPLE.model_copy(
        update=dict(
            Handoff.model_validate(
                {
                    **SAMPLE.model_dump(),
                    "session_id": draw(session_ids),
                    "queue": draw(_SHORT),
                    "lane": draw(st.sampled_from(Lane)),
                    "skills": draw(_LISTS),
                    "priority": draw(st.integers(1, 100)),
                    "eta_seconds": draw(st.integers() | st.none()),
                    "requested_at": draw(_MOMENTS),
                    "incident_id": draw(_SHORT | st.none()),
                    "degraded": draw(_LISTS),
                    "summary": summary,
                }
            )
        )
    )


def config_of(kind: TargetKind) -> TargetConfig:
    """Return a configuration of this kind."""
    return CONFIGS[kind]
