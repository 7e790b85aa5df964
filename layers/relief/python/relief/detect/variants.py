"""The file of variants: how the same words are written in other spellings, dialects and hands.

How somebody writes must not change what is found in it, so a message is read into the standard spelling first.
"""

from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from relief.detect.files import lines_of, load_yaml

Table = dict[str, tuple[str, ...]]
"""What is written, and the words that it stands for."""


def _has_both_sides(block: str) -> str:
    """Check that every line says what is written and what it stands for, and that these differ."""
    for line in lines_of(block):
        written, _, meant = (part.strip() for part in line.partition("="))
        if not written or not meant or written == meant:
            message = f"{line!r} is no line of the form `dinnae = do not`"
            raise ValueError(message)
    return block


def _has_several_words(block: str) -> str:
    for line in lines_of(block):
        if " " not in line.partition("=")[0].strip():
            message = f"{line!r} has one word only, which belongs among `words`"
            raise ValueError(message)
    return block


Pairs = Annotated[str, AfterValidator(_has_both_sides)]


class Variants(BaseModel):
    """Variants of one kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    because: str = Field(min_length=8, description="Who writes so, and where that is known from.")
    words: Pairs = ""
    together: Annotated[Pairs, AfterValidator(_has_several_words)] = ""
    endings: Pairs = ""

    def table(self, block: str) -> Table:
        """Return one of the blocks as a table, as it is written."""
        pairs = (line.partition("=") for line in lines_of(block))
        return {written.strip(): tuple(meant.split()) for written, _, meant in pairs}


@cache
def _shipped() -> dict[str, list[Variants]]:
    loaded = load_yaml("phrases/variants.yaml")
    return {name: [Variants.model_validate(kind) for kind in kinds] for name, kinds in loaded.items()}


def variants_of(language: str) -> tuple[Table, Table, Table]:
    """Return what is written otherwise in a language: words, words together, endings."""
    words: Table = {}
    together: Table = {}
    endings: Table = {}
    for kind in _shipped().get(language, []):
        words |= kind.table(kind.words)
        together |= kind.table(kind.together)
        endings |= kind.table(kind.endings)
    return words, together, endings
