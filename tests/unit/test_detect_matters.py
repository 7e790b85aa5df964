"""Serious matters that only the classifier sees: a person comes for them as for those that the words name."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from relief.contracts.signals import Classification
from relief.contracts.vocabulary import Action, Channel, Dimension, EvidenceCode, ReasonCode, Source
from relief.detect.classifier import find_matters
from relief.detect.findings import Finding
from tests.pipeline import Session

if TYPE_CHECKING:
    from relief.classify.model import Classifier


def seen(*codes: EvidenceCode) -> Classification:
    """Return a calm classification in which these matters are seen."""
    return Classification(scores=dict.fromkeys(Dimension, 0.1), serious=dict.fromkeys(codes, 0.99), model="m")


def test_given_nothing_serious_then_nothing_is_found() -> None:
    assert find_matters(None, []) == []
    assert find_matters(seen(), []) == []


def test_given_a_matter_that_the_words_name_too_then_it_counts_once() -> None:
    words = [Finding(Source.lexical, EvidenceCode.SAFETY_PHRASE)]

    found = find_matters(seen(EvidenceCode.SAFETY_PHRASE, EvidenceCode.SECURITY_PHRASE), words)

    assert [(one.source, one.code) for one in found] == [(Source.classifier, EvidenceCode.SECURITY_PHRASE)]


def test_given_anger_at_somebody_else_then_only_the_law_is_not_for_us() -> None:
    words = [Finding(Source.lexical, EvidenceCode.OTHER_TARGET)]

    found = find_matters(seen(EvidenceCode.LEGAL_PHRASE, EvidenceCode.SAFETY_PHRASE), words)

    assert [one.code for one in found] == [EvidenceCode.SAFETY_PHRASE]


@pytest.mark.parametrize(
    ("code", "reason", "queue"),
    [
        (EvidenceCode.SAFETY_PHRASE, ReasonCode.SAFETY_OR_VULNERABILITY, "crisis"),
        (EvidenceCode.VULNERABILITY, ReasonCode.SAFETY_OR_VULNERABILITY, "crisis"),
        (EvidenceCode.SECURITY_PHRASE, ReasonCode.SECURITY_CONCERN, "security"),
        (EvidenceCode.LEGAL_PHRASE, ReasonCode.LEGAL_OR_REGULATOR, "complaints"),
    ],
)
def test_given_words_that_nobody_listed_when_the_classifier_sees_it_then_a_person_comes(
    code: EvidenceCode, reason: ReasonCode, queue: str
) -> None:
    session = Session()
    session.classifier = cast("Classifier", SimpleNamespace(classify=lambda _text, _said: seen(code)))

    answer = session.say("the thing in the hall did what it did last winter", channel=Channel.web_chat)

    assert (answer.action, answer.reasons[0].code) == (Action.escalate, reason)
    assert answer.handoff is not None
    assert answer.handoff.queue == queue
    found = [one for one in answer.signals.urgency.evidence if one.code is code]
    assert all(one.source is Source.classifier for one in found)


def test_given_an_answer_to_what_was_asked_then_what_the_classifier_hears_in_it_counts_less() -> None:
    """Given words that sound cross to the classifier, then they count less where they supply what the bot asked for."""
    heard = Classification(scores=dict.fromkeys(Dimension, 0.9), model="m")
    bot = {"said": "Which e-mail is on the account?", "asked": ["account_email"]}
    scores = []
    for facts in ({}, {"account_email": "walt@example.com"}):
        session = Session()
        session.classifier = cast("Classifier", SimpleNamespace(classify=lambda _text, _said: heard))
        scores.append(session.say("all lower case, no wait, with a fifty two after it", bot=bot, facts=facts))

    other, answer = (one.signals.frustration.score for one in scores)
    assert answer < other
    assert answer > 0.2
