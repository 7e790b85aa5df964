"""Dates of birth: a date next to words that say so. Any other date stays."""

from collections.abc import Iterator

from relief.privacy.cues import Cues, words
from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern

_MONTH = (
    r"(?:jan(?:uary|uar|vier|eiro)?|enero|janner|gennaio|feb(?:ruary|ruar|rero|braio|ruari)?|fevrier|fev(?:ereiro)?|"
    r"fevr|mar(?:ch|zo|s|co)?|marz|maerz|mrz|maart|apr(?:il|ile)?|abr(?:il)?|avr(?:il)?|may|mai|mayo|maio|maggio|mei|"
    r"june?|juni|junio|juin|junho|giugno|jul(?:y|i|io)?|julho|juil(?:let)?|luglio|aug(?:ust|ustus)?|agosto|aout|ago|"
    r"sept?(?:ember|iembre|embre)?|set(?:embro|tembre)?|oct(?:ober|ubre|obre)?|okt(?:ober)?|out(?:ubro)?|ottobre|"
    r"nov(?:ember|iembre|embre|embro)?|dec(?:ember|embre)?|dez(?:ember|embro)?|dic(?:iembre|embre)?)"
)
_DATE = (
    r"(?:\d{4} ?[-/.] ?\d{1,2} ?[-/.] ?\d{1,2}|\d{1,2} ?[-/.] ?\d{1,2} ?[-/.] ?(?:\d{4}|\d{2})"
    r"|\d{1,2} \d{1,2} (?:\d{4}|\d{2})|\d{8}"
    r"|\d{1,2}(?:st|nd|rd|th|er|o|a|\.)?(?: of(?: the)?| de)?[ -]{0,2}" + _MONTH +
    r"\.?,?-? ?(?:(?:of|de|del|in|do) )?(?:'?\d{2}|\d{4})"
    r"|" + _MONTH + r"\.? ?\d{1,2}(?:st|nd|rd|th)?,? ?(?:of )?(?:\d{4}|'?\d{2}))(?!\w)(?![/.-]\d)"
)  # fmt: skip
_CUES = Cues(
    "dob|d.o.b|d.o.b.|date of birth|birth_date|birth_day|birth|born|fecha de nac|fecha de nac.|fecha de nacimiento",
    "f. nac.|naci|nacido|nacida|nacimiento|cumpleanos|geboren|geburtsdatum|geburtstag|geb.|geb|geburt",
    "date de naissance|naissance|ne|nee|ne(e)|ddn|anniversaire|data de nascimento|nascimento|nasci|nascido|nascida",
    "aniversario|nato|nata|data di nascita|nascita|geboortedatum|verjaardag",
)
_GAP = (
    r"(?:[\s:=,.()#-]|(?:is|was|on|the|in|am|at|es|el|ist|der|den|wurde|est|le|e|em|no|dia|il|op|i|date|fue|und|of|mine|"
    r"my|her|his|and|ich|bin|era|zijn|own|so|dd/mm/yyyy|mm/dd/yyyy)(?![a-z])){0,14}+"
)
_BIRTH = LazyPattern(_CUES.pattern + _GAP + r"(?<!\d)(?P<date>" + _DATE + ")")
_BIRTH_AFTER = LazyPattern(
    r"(?<![\w./-])(?P<date>" + _DATE + r")[ ,(-]{1,3}"
    r"(?:is (?:my|the|his|her) |(?:my|his|her) |(?:es|ist|est|e) (?:mi|mein|ma|a minha|meu|minha) |is when i was )?"
    r"(?:d\.?o\.?b|date of birth|birth ?date|birth ?day|born|fecha de nacimiento|cumpleanos|geboren|geburtsdatum|"
    r"geburtstag|date de naissance|data de nascimento)(?![a-z])"
)
_AFTER_WORDS = words(
    "dob birth birthdate birthday born nacimiento cumpleanos geboren geburtsdatum geburtstag naissance nascimento",
)


def find_births(draft: Draft) -> Iterator[Span]:
    """Find dates of birth, with a year, in numbers or with the month's name (en, es, de, fr, pt, it, nl)."""
    if not draft.numbers:
        return
    for match in _CUES.find(draft, _BIRTH):
        yield (*match.span("date"), Kind.date_of_birth)
    if not draft.words.isdisjoint(_AFTER_WORDS):
        for match in _BIRTH_AFTER.compiled.finditer(draft.lower):
            yield (*match.span("date"), Kind.date_of_birth)
