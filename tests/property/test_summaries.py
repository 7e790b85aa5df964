"""What every summary keeps to, over the gold set and 300 generated sessions."""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.context import MAX_POINTERS, MAX_SLOTS, MAX_STEPS, SessionContext
from relief.contracts.summary import MAX_HEADLINE_CHARACTERS, MAX_SUMMARY_BYTES, Summary
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import ReasonCode, StepOutcome
from relief.decide.journeys import choose_journey
from relief.integrations.card import write_card
from relief.integrations.card_words import card_words_for
from relief.measure.gold import load_conversations
from relief.privacy.redact import redact
from relief.store.items import load_context
from relief.summarise.fidelity import find_judgement
from relief.summarise.fit import DROP_ORDER, fit_summary, size_in_bytes
from relief.summarise.naming import name_step
from relief.summarise.words import load_words, words_in
from tests.generated import generate_session
from tests.pipeline import Session
from tests.unit.handoff_cases import SAMPLE

TESTS = Path(__file__).resolve().parents[1]
GENERATED = 300


@lru_cache(maxsize=1)
def summaries() -> list[tuple[str, list[TurnRequest], SessionContext, Summary]]:
    """Every summary of every conversation, each with the session as it was remembered then."""
    sessions: list[tuple[str, list[TurnRequest]]] = [
        (one.session_id, one.turns) for one in load_conversations(TESTS / "gold")
    ]
    sessions += [(f"generated-{number}", generate_session(number)) for number in range(GENERATED)]
    found = []
    for name, turns in sessions:
        session = Session(name)
        for turn in turns:
            answer = session.take(turn)
            context = load_context(session.item, session.now).context
            if answer.handoff is not None and context is not None:
                found.append((name, turns, context, answer.handoff.summary))
    return found


def prose(summary: Summary) -> Iterator[str]:
    """Every sentence of a summary."""
    yield from (summary.headline, summary.goal, summary.urgency, summary.emotion.words, summary.emotion.trend)
    yield from summary.recommended_next


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.casefold()))


def vocabulary(summary: Summary) -> set[str]:
    """Every word that our own texts can put into a summary of this language, whatever the session."""
    words = words_in(summary.language)
    known = words_of(words.model_dump_json())
    for journey in {choose_journey(None, intent).name for intent in words.goals} | {"default"}:
        known |= words_of(choose_journey(journey, "").model_dump_json())
    return known


def test_there_are_enough_summaries() -> None:
    """Given the sessions, then each generated one ends with a person."""
    assert len({name for name, *_ in summaries() if name.startswith("generated")}) == GENERATED


def test_every_known_fact_is_in_the_summary_or_not_asked() -> None:
    """Given a session, then each fact that is known is in its summary with its value, or named in do_not_ask."""
    for name, _, context, summary in summaries():
        for slot, value in context.facts.items():
            kept = summary.facts.get(slot) == value
            assert kept or ("facts" in summary.dropped and slot in summary.do_not_ask), (name, slot)
            assert slot in summary.do_not_ask, (name, slot)


def test_nothing_is_in_a_summary_that_is_not_in_the_session() -> None:
    """Given a summary, then its values are the session's, and its sentences have no word or number from elsewhere."""
    for name, _, context, summary in summaries():
        journey = choose_journey(context.journey, context.goal)
        assert summary.facts.items() <= context.facts.items(), name
        assert summary.preferences.items() <= context.preferences.items(), name
        assert set(summary.evidence) <= set(context.evidence), name
        assert {one.step for one in summary.tried} <= set(context.steps), name
        for one in summary.tried:
            record = context.steps[one.step]
            assert (one.outcome, one.times) == (record.last_outcome, record.attempts), name
        assert set(summary.do_not_ask) <= {*context.facts, *context.slots}, name
        assert set(summary.open_questions) <= set(journey.slots), name
        known = vocabulary(summary) | words_of(" ".join(map(str, context.facts.values())))
        known |= words_of(" ".join([*context.facts, *context.steps, *context.slots]).replace("_", " "))
        known |= {str(record.attempts) for record in context.steps.values()}
        known |= {f"{record.attempts}×" for record in context.steps.values()}
        known |= {str(context.progress.stated_contacts), *(str(count) for count in range(len(context.steps)))}
        known |= {f"contact{context.progress.stated_contacts}"}
        for sentence in prose(summary):
            assert words_of(sentence) <= known, (name, sentence, words_of(sentence) - known)


def test_the_headline_names_goal_steps_and_reason() -> None:
    """Given a summary, then its headline says what is wanted, what was tried last and how it ended, and why."""
    for name, _, context, summary in summaries():
        words = words_in(summary.language)
        journey = choose_journey(context.journey, context.goal or summary.intent)
        assert len(summary.headline) <= MAX_HEADLINE_CHARACTERS
        bare = summary.goal.partition(" (")[0]
        assert summary.headline.startswith(words.headline.wants.format(goal=bare)), (name, summary.headline)
        reason = words.because[summary.reason.code]
        counted = words.contacts.format(count=context.progress.stated_contacts)
        assert reason in summary.headline or counted in summary.headline, (name, summary.headline)
        told = [name_step(one.step, journey, summary.language) for one in summary.tried]
        if told:
            assert f"{told[-1]} (" in summary.headline, (name, summary.headline)
            shown = sum(f"{one} (" in summary.headline for one in told)
            hidden = len(told) - shown
            assert not hidden or words.headline.earlier_steps.format(count=hidden) in summary.headline, summary.headline
        else:
            assert words.headline.nothing_tried in summary.headline


def test_no_summary_judges_anybody() -> None:
    """Given a summary, then none of its sentences has a judgemental word; nor has any text that it is made of."""
    texts = [(one.language, sentence) for *_, one in summaries() for sentence in (*prose(one), one.reason.text)]
    texts += [(language, words.model_dump_json()) for language, words in load_words().items()]
    for language, text in texts:
        assert not find_judgement(text, language), text


def test_no_summary_has_personal_data() -> None:
    """Given sessions in which cards, addresses and accounts were written, then redaction finds none in a summary."""
    for name, _, _, summary in summaries():
        text = summary.model_dump_json()
        assert not re.search(r"4111 ?1111|jane\.doe|DE89 ?3704", text), name
        for sentence in (*prose(summary), *map(str, summary.facts.values())):
            assert not redact(sentence, summary.locale).found, (name, sentence)


def test_no_summary_is_over_its_budget() -> None:
    """Given a summary, then it has at most 4 KB, and names what it had to leave out."""
    for name, _, _, summary in summaries():
        assert size_in_bytes(summary) <= MAX_SUMMARY_BYTES, name
        assert len(summary.model_dump_json().encode()) <= MAX_SUMMARY_BYTES, name
        assert set(summary.dropped) <= set(DROP_ORDER)


names = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
values = st.one_of(
    st.text(max_size=200), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
)


@st.composite
def overfull(draw: st.DrawFn) -> Summary:
    """Summaries with every field at its bound, in any script."""
    document: dict[str, Any] = {
        "headline": draw(st.text(max_size=MAX_HEADLINE_CHARACTERS)),
        "goal": draw(st.text(max_size=400)),
        "intent": draw(names),
        "emotion": {"words": "calm", "frustration": 0.123456, "trend": "steady"},
        "urgency": "soon",
        "identity": {"customer": draw(st.text(max_size=80))},
        "account": {
            "products": draw(st.lists(st.text(max_size=64), max_size=20)),
            "region": draw(st.text(max_size=32)),
        },
        "tried": [
            {"step": step, "outcome": draw(st.sampled_from(StepOutcome)), "times": 3}
            for step in draw(st.lists(names, max_size=MAX_STEPS, unique=True))
        ],
        "facts": draw(st.dictionaries(names, values, max_size=MAX_SLOTS)),
        "preferences": draw(st.dictionaries(names, values, max_size=MAX_SLOTS)),
        "evidence": draw(st.lists(st.text(max_size=320), max_size=MAX_POINTERS)),
        "recommended_next": draw(st.lists(st.text(max_size=300), max_size=6)),
        "reason": {"code": ReasonCode.CUSTOMER_REQUEST, "text": draw(st.text(max_size=200))},
        "labels": draw(st.dictionaries(names, st.text(max_size=40), max_size=40)),
        "confidence": 0.5,
    }
    document["do_not_ask"] = [*document["facts"], *draw(st.lists(names, max_size=MAX_SLOTS))]
    return Summary.model_validate(document)


@given(overfull())
def test_whatever_is_in_it_a_summary_fits(summary: Summary) -> None:
    """Given a summary of any size, then it fits afterwards, says what it lost, and lost nothing else."""
    fitted = fit_summary(summary)
    assert size_in_bytes(fitted) <= MAX_SUMMARY_BYTES
    changed = {field for field in Summary.model_fields if getattr(fitted, field) != getattr(summary, field)}
    assert changed <= {*fitted.dropped, "dropped"}
    if "do_not_ask" not in fitted.dropped:
        assert set(summary.facts) <= set(fitted.do_not_ask)


def test_fields_go_in_the_documented_order() -> None:
    """Given the README, then it lists the fields in the order in which they are dropped."""
    readme = (TESTS.parent / "README.md").read_text(encoding="utf-8")
    assert ", ".join(f"`{field}`" for field in DROP_ORDER) in " ".join(readme.split())


@pytest.mark.parametrize("language", sorted(load_words()))
def test_every_language_has_every_advice(language: str) -> None:
    """Given a language, then it advises on the same reasons as English, in words of its own."""
    words, english = load_words()[language], load_words()["en"]
    assert set(words.advice) == set(english.advice)
    assert language == "en" or not set(words.because.values()) & set(english.because.values()) - {"Routine"}


def test_the_note_that_people_read_has_everything_that_they_need_once() -> None:
    """Given every summary, then its note names each fact with its value, each step, point, wish and piece of advice.

    What the headline tells is not told again, and no line is there for nothing.
    """
    for name, _, _, summary in summaries():
        words = card_words_for(summary.language)
        note, dropped = write_card(SAMPLE.model_copy(update={"summary": summary}), 5_000)
        told = " ".join(note.split()).casefold()
        label = partial(_label, summary)
        needed = [f"{label(slot)}: {words.tell(value)}" for slot, value in summary.facts.items()]
        needed += [f"{label(one.step)} (" for one in summary.tried]
        needed += [summary.headline, summary.goal.partition(" (")[0]]
        needed += [label(slot) for slot in (*summary.do_not_ask, *summary.open_questions)]
        needed += [words.tell(value) for value in summary.preferences.values()]
        assert [one for one in needed if " ".join(one.split()).casefold() not in told] == [], name
        headline = summary.headline.casefold()
        for sentence in summary.recommended_next:
            named = sentence.partition(": ")[2].rstrip(".").casefold().split(", ")
            assert sentence.casefold() in told or all(step and step in headline for step in named), (name, sentence)
        why = {words_in(summary.language).because[summary.reason.code], summary.reason.text.rstrip(".")}
        assert any(one.casefold() in told for one in why), name
        assert not dropped
        lines = note.splitlines()
        assert len(set(lines)) == len(lines)
        assert not [line for line in lines if line.rstrip().endswith(":")]
        assert len(note.encode()) < size_in_bytes(summary), "shorter than what systems take"


def _label(summary: Summary, name: str) -> str:
    return summary.labels.get(name, name.replace("_", " "))
