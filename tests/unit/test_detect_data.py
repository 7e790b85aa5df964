"""Detection's data and what it reads back from the table: what cannot be right is refused or counts for nothing."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from relief.contracts.vocabulary import Dimension, EvidenceCode
from relief.detect.grammar import Lexicon, PhraseError, parse_phrase
from relief.detect.similarity import embedding_similarity, sketch, sketch_similarity
from relief.detect.weights import Weights, shipped_weights


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("speak to (a|an", "a bracket too many, or one inside another"),
        ("speak to (a|(an|the))", "a bracket too many, or one inside another"),
        ("speak to a) person", "a bracket too many, or one inside another"),
        ("please? ~3", "would match everywhere"),
    ],
)
def test_a_phrase_that_cannot_be_meant_is_refused(line: str, said: str) -> None:
    """Given a phrase with an open bracket, or of optional parts alone, then it is refused and quoted."""
    with pytest.raises(PhraseError, match=said):
        parse_phrase(line)


@pytest.mark.parametrize(
    ("element", "said"),
    [("(a||b)", "empty alternative"), ("<people>", "the word class <people> is not defined")],
)
def test_an_element_that_names_nothing_is_refused(element: str, said: str) -> None:
    """Given an empty alternative or an unknown word class, then the phrase's words cannot be listed."""
    lexicon = Lexicon({"person": ["human", "agent"]}, lambda text: tuple(text.split()))
    assert {"human", "agent"} <= lexicon.words_of(["<person>"])
    with pytest.raises(PhraseError, match=said):
        lexicon.words_of([element])


@pytest.mark.parametrize("damaged", ["not base64!", base64.b64encode(b"short").decode()])
def test_what_was_stored_in_another_form_is_like_nothing(damaged: str) -> None:
    """Given a sketch or an embedding that this release cannot read, then it is compared with nothing."""
    kept = sketch("my parcel never arrived and nobody answers")
    assert sketch_similarity(kept, kept) == 1.0
    assert sketch_similarity(kept, damaged) == 0.0
    embedding = base64.b64encode(bytes([3, 4])).decode()
    assert embedding_similarity(embedding, embedding) == pytest.approx(1.0)
    assert embedding_similarity(embedding, damaged) is None
    assert embedding_similarity(damaged, embedding) is None


def changed(**parts: Any) -> dict[str, Any]:
    return {**shipped_weights().model_dump(mode="json", by_alias=True), **parts}


def test_weights_that_forget_a_sign_or_a_dimension_are_refused() -> None:
    """Given weights without a code or a dimension, then they are refused, and what is missing is named."""
    whole = changed()
    missing = [group for group in whole["groups"] if EvidenceCode.SHOUTING.value not in group["weights"]]
    assert len(missing) < len(whole["groups"])
    with pytest.raises(ValidationError, match="SHOUTING"):
        Weights.model_validate(changed(groups=missing))
    fewer = {name: one for name, one in whole["dimensions"].items() if name != Dimension.urgency.value}
    with pytest.raises(ValidationError, match="every dimension needs a bias"):
        Weights.model_validate(changed(dimensions=fewer))


def test_weights_by_which_friction_would_calm_are_refused() -> None:
    """Given a sign of friction that lowers frustration, then the weights are refused, and it is named."""
    groups = changed()["groups"]
    for group in groups:
        if EvidenceCode.SHOUTING.value in group["weights"]:
            group["weights"][EvidenceCode.SHOUTING.value][Dimension.frustration.value] = -1.0
    with pytest.raises(ValidationError, match=r"must not lower frustration: .*SHOUTING"):
        Weights.model_validate(changed(groups=groups))
