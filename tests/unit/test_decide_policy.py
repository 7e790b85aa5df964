"""Policies, journeys, texts and tables: what is accepted, and how clearly what is not is refused."""

from pathlib import Path

import pytest
import yaml

from relief.data_files import load_data_file
from relief.decide.journeys import Journey, choose_journey, load_journeys
from relief.decide.policy import Policy, load_policy
from relief.decide.texts import load_texts
from relief.errors import DataFileInvalid
from relief.route.tables import load_table
from relief.summarise.words import load_words

SHIPPED = Path(load_policy.__wrapped__.__code__.co_filename).parent / "policies" / "default.yaml"


def changed_policy(folder: Path, change: str, to: str) -> Path:
    """Write a copy of the shipped policy with one change."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count(change) == 1
    path = folder / "candidate.yaml"
    path.write_text(text.replace(change, to), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "to", "message"),
    [
        ("contains(codes, 'HUMAN_REQUEST') ||", "contains(codes, 'HUMAN_MENTION') ||", "plain request for a human"),
        ("contains(codes, 'LEGAL_PHRASE')", "contains(code, 'LEGAL_PHRASE')", "rule legal-or-regulator"),
        ("contains(codes, 'LEGAL_PHRASE')", "contains(codes, 'LEGAL_PHRASE'", "rule legal-or-regulator: when"),
        ("contains(codes, 'LEGAL_PHRASE')", "scores.frustration", "must be true or false, is float"),
        ("contains(codes, 'LEGAL_PHRASE')", "turn.has_text && abs(turn.step) > `0`", "rule legal-or-regulator: when"),
        ("idle_turns: 2 ", "idle_turns: 3 ", "idle_turns"),
        ("needless_handover: 0.42", "needless_handover: 4.2", "needless_handover"),
        ("- id: repeated-contact", "- id: high-value-dispute", "two rules have the same id"),
        ('version: "2026-11.2"', 'version: "2026-11.2"\ncolour: blue', "colour"),
    ],
)
def test_a_faulty_policy_is_refused_with_its_place(tmp_path: Path, change: str, to: str, message: str) -> None:
    """Given one fault in a policy, when it is loaded, then file and place are named."""
    path = changed_policy(tmp_path, change, to)
    with pytest.raises(DataFileInvalid, match=r"candidate\.yaml") as caught:
        load_data_file(path, Policy)
    assert message in str(caught.value)


def test_what_is_not_yaml_is_refused(tmp_path: Path) -> None:
    """Given a file that is no YAML, then the message names it."""
    path = tmp_path / "broken.yaml"
    path.write_text("rules: [", encoding="utf-8")
    with pytest.raises(DataFileInvalid, match=r"broken\.yaml"):
        load_data_file(path, Policy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alternatives": ["nowhere"]}, "alternative nowhere is not another step"),
        ({"alternatives": ["first"]}, "alternative first is not another step"),
        ({"needs": ["shoe_size"]}, "needs slot shoe_size"),
    ],
)
def test_a_journey_must_refer_to_what_it_defines(tmp_path: Path, change: dict[str, list[str]], message: str) -> None:
    """Given a journey that names an unknown step or slot, then it is refused."""
    step = {"name": "first", "say": {"en": "a"}, "expect": {"en": "b"}, **change}
    document = {"name": "mine", "harm": 0.5, "sensitive": False, "queue": "general", "steps": [step]}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(DataFileInvalid, match=message):
        load_data_file(path, Journey)


def test_every_journey_speaks_every_language() -> None:
    """Given the shipped journeys, then each step and slot has a text in every language of the general texts."""
    languages = set(load_texts())
    assert languages >= {"en", "es", "de"}
    for journey in load_journeys().values():
        for step in journey.steps:
            assert set(step.say) >= languages, (journey.name, step.name)
            assert set(step.expect) >= languages, (journey.name, step.name)
        for name, slot in journey.slots.items():
            assert set(slot.question) >= languages, (journey.name, name)


def test_every_queue_that_is_named_exists() -> None:
    """Given journeys, policy and routing table, then every queue they name is one of the table's."""
    queues = set(load_table().queues)
    assert {journey.queue for journey in load_journeys().values()} <= queues
    assert {rule.queue for rule in load_policy().rules if rule.queue} <= queues


def test_every_intent_has_words_and_a_queue() -> None:
    """Given the routing table's intents, then summaries and clarifying questions can name each."""
    intents = set(load_table().intents)
    for words in load_words().values():
        assert intents == set(words.goals)
    for texts in load_texts().values():
        assert intents == set(texts.intents)


def test_a_journey_is_chosen_by_name_then_intent_then_default() -> None:
    """Given a name, an intent or neither, then the fitting journey is chosen."""
    assert choose_journey("password_reset", "billing").name == "password_reset"
    assert choose_journey(None, "billing").name == "billing_dispute"
    assert choose_journey("made_up", "nonsense").name == "default"
