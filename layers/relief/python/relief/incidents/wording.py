"""What customers read in an incident: pre-built templates with variables, and the review of every message."""

import re
import string
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import Field, model_validator

from relief.contracts.incident import MAX_MESSAGE_CHARACTERS
from relief.contracts.model import Contract, Name
from relief.contracts.problem import FieldProblem
from relief.data_files import load_data_file
from relief.errors import RequestInvalid
from relief.incidents.known import none_of

_FOLDER: Final = Path(__file__).parent
_LOUD: Final = re.compile(r"\b[A-ZÄÖÜÁÉÍÓÚÑ]{4,}\b(?:\W+[A-ZÄÖÜÁÉÍÓÚÑ]{4,}\b)+")
"""Two words in capitals, one after the other: a name may be written so, a sentence may not."""


class TemplateVariable(Contract):
    """One blank of a template."""

    means: str
    example: str


class MessageTemplate(Contract):
    """A pre-built message in every language that it has. Every language names the same blanks."""

    name: Name
    purpose: str = Field(alias="for")
    variables: dict[Name, TemplateVariable]
    messages: dict[str, str]

    @model_validator(mode="after")
    def _names_every_blank(self) -> "MessageTemplate":
        for language, text in self.messages.items():
            if _blanks(text) != set(self.variables):
                message = f"the text in {language} does not name exactly the variables of the template"
                raise ValueError(message)
        return self


class Tone(Contract):
    """What a message must not say, by language."""

    shortest: int
    languages: dict[str, list[str]]


@lru_cache(maxsize=1)
def load_templates() -> dict[str, MessageTemplate]:
    """Load every template, by name.

    Raises:
        DataFileInvalid: a file does not validate.
    """
    loaded = (load_data_file(path, MessageTemplate) for path in sorted((_FOLDER / "templates").glob("*.yaml")))
    return {one.name: one for one in loaded}


@lru_cache(maxsize=1)
def load_tone() -> Tone:
    """Load the rules of tone.

    Raises:
        DataFileInvalid: the file does not validate.
    """
    return load_data_file(_FOLDER / "tone.yaml", Tone)


def render_template(name: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Return a template's messages with the blanks filled in.

    Raises:
        RequestInvalid: there is no such template, or a variable is missing, empty or unknown; all of them are named.
    """
    templates = load_templates()
    template = templates.get(name)
    if template is None:
        raise _refuse([FieldProblem(field="template", message=none_of(templates, name))])
    problems = [
        FieldProblem(field=f"variables.{one}", message=f"is missing: {known.means}, such as “{known.example}”")
        for one, known in template.variables.items()
        if not variables.get(one, "").strip()
    ]
    problems += [
        FieldProblem(field=f"variables.{one}", message=f"is no variable of the template {name}")
        for one in variables
        if one not in template.variables
    ]
    problems += [
        FieldProblem(field=f"variables.{one}", message="must not hold braces or line breaks")
        for one, value in variables.items()
        if set(value) & set("{}\n\r")
    ]
    if problems:
        raise _refuse(problems)
    filled = {one: value.strip() for one, value in variables.items()}
    return {language: text.format_map(filled) for language, text in template.messages.items()}


def review_messages(messages: Mapping[str, str]) -> dict[str, str]:
    """Return messages that may be sent, trimmed.

    Raises:
        RequestInvalid: one is empty, too short or long, still has a blank, or strikes the wrong note.
    """
    problems = [] if messages else [FieldProblem(field="messages", message="needs a message for at least one locale")]
    for locale, text in messages.items():
        problems += [FieldProblem(field=f"messages.{locale}", message=found) for found in _find_faults(locale, text)]
    if problems:
        raise _refuse(problems)
    return {locale: text.strip() for locale, text in messages.items()}


def _find_faults(locale: str, text: str) -> list[str]:
    tone = load_tone()
    words = text.strip()
    if len(words) < tone.shortest:
        return [f"has {len(words)} characters: say in a sentence what is known and what happens next"]
    faults = []
    if len(words) > MAX_MESSAGE_CHARACTERS:
        faults.append(f"has {len(words)} characters; people read {MAX_MESSAGE_CHARACTERS} at most")
    if "{" in words or "}" in words:
        faults.append("has a blank that was not filled in")
    if "!" in words or _LOUD.search(words):
        faults.append("is loud: no exclamation marks, no words in capitals")
    language = re.split(r"[-_]", locale)[0].lower()
    for phrase in tone.languages.get(language, []):
        if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", words, re.IGNORECASE):
            faults.append(f"says “{phrase}”, which promises, blames or alarms")
    return faults


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _refuse(problems: list[FieldProblem]) -> RequestInvalid:
    return RequestInvalid(f"Check {', '.join(dict.fromkeys(one.field for one in problems))}.", tuple(problems))
