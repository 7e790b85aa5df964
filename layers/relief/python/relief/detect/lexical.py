"""What the words of a message say: phrases found, minus false friends and what a negation takes back."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from relief.contracts.vocabulary import Dimension, EvidenceCode, Source
from relief.detect.findings import Finding
from relief.detect.matching import Hit
from relief.detect.phrasebook import Language, languages_of
from relief.detect.surface import punctuation, shouting, swearing
from relief.detect.weights import weight_table
from relief.detect.words import EMPTY_MESSAGE, SOFT_BREAK, Message

_NEGATION_WINDOW = 3
"""A negation reaches this many words ahead, within its clause: "not at all angry"."""

_COUNT_WINDOW = 2
"""A number of contacts may stand this many words before its phrase: "3 of your agents"."""

_LEAST_CONTACTS = 2
"""What a repetition without a number comes to."""

_MOST_CONTACTS = 20
"""Beyond this a count is a figure of speech."""

_WEAK = 0.6
"""Groups below this strength hold single words, which say something only where no phrase explains them."""

_MOST_OF_A_CODE = 12
"""Later findings of one code weigh next to nothing; a limit keeps long rants cheap."""

_NOWHERE: frozenset[int] = frozenset()

_ECHO = 0.35
"""What a code of mood still counts where a stronger one shares its words."""

_MOOD = frozenset(
    {
        EvidenceCode.DISSATISFACTION,
        EvidenceCode.NEGATIVE_EMOTION,
        EvidenceCode.SARCASM,
        EvidenceCode.BOT_COMPLAINT,
        EvidenceCode.UNRESOLVED,
        EvidenceCode.ALREADY_DONE,
        EvidenceCode.REPEATED_CONTACT,
        EvidenceCode.LONG_WAIT_STATED,
        EvidenceCode.PUBLIC_COMPLAINT,
    }
)

FRICTION_CODES = frozenset(
    {
        EvidenceCode.DISSATISFACTION,
        EvidenceCode.NEGATIVE_EMOTION,
        EvidenceCode.SARCASM,
        EvidenceCode.PROFANITY,
        EvidenceCode.RUDENESS,
        EvidenceCode.BOT_COMPLAINT,
        EvidenceCode.UNRESOLVED,
        EvidenceCode.ALREADY_DONE,
        EvidenceCode.REPEATED_CONTACT,
        EvidenceCode.LONG_WAIT_STATED,
        EvidenceCode.PUBLIC_COMPLAINT,
        EvidenceCode.LEGAL_PHRASE,
        EvidenceCode.CANCELLATION,
        EvidenceCode.HUMAN_REQUEST,
    }
)
"""Words that speak against a happy customer."""


class _Candidate(NamedTuple):
    """A phrase that counts, before overlaps are settled."""

    code: EvidenceCode
    strength: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one text yields."""

    findings: list[Finding]
    message: Message
    stated_contacts: int

    @property
    def words(self) -> int:
        """How many words the customer wrote."""
        return self.message.count

    @property
    def codes(self) -> frozenset[EvidenceCode]:
        """The codes found."""
        return frozenset(finding.code for finding in self.findings)

    @property
    def friction(self) -> bool:
        """Whether any word speaks against a happy customer."""
        return not FRICTION_CODES.isdisjoint(self.codes)


def read_text(text: str, locale: str, *, habitual_capitals: bool = False) -> Reading:
    """Find the evidence in a text. ``habitual_capitals``: this customer has written in capitals all along."""
    findings: list[Finding] = []
    contacts = 0
    message = EMPTY_MESSAGE
    for language in reversed(languages_of(text, locale) if text.strip() else ()):
        message = language.reader.read(text)
        found, count = _phrases(message, language)
        findings += found
        contacts = max(contacts, count)
    findings += _surface(text, findings, habitual_capitals=habitual_capitals)
    return Reading(findings, message, contacts)


def _phrases(message: Message, language: Language) -> tuple[list[Finding], int]:
    """Return what the phrases of one language find, and the highest number of contacts stated."""
    hits = language.matcher.find(message)
    shielded: dict[EvidenceCode, set[int]] = {}
    for hit in hits:
        for guarded in language.groups[hit.group].shields:
            shielded.setdefault(guarded, set()).update(range(hit.first, hit.last + 1))
    candidates: list[_Candidate] = []
    contacts = 0
    for hit in _longest(hits):
        group = language.groups[hit.group]
        code = group.code
        if code is None or not shielded.get(code, _NOWHERE).isdisjoint(range(hit.first, hit.last + 1)):
            continue
        strength = group.strength
        if group.negated != "keeps" and _negated(message, hit, language):
            if group.negated == "drops":
                continue
            code, strength = EvidenceCode.NEGATED_FRICTION, 1.0
        if group.counts:
            count = _stated_count(message, hit, language)
            contacts = max(contacts, count or _LEAST_CONTACTS)
            strength *= _force_of_count(count)
        candidates.append(_Candidate(code, strength, hit.first, hit.last))
    found = [
        Finding(Source.lexical, item.code, item.strength, message.span(item.first, item.last))
        for item in _distinct(candidates)
    ]
    return found, contacts


def _distinct(candidates: list[_Candidate]) -> list[_Candidate]:
    """Count overlapping words once: for one code the strongest, then longest phrase stays.

    A weak single word goes wherever any other phrase explains it: "wait" in "can wait". Two codes of mood that share
    words are one complaint told once; the lesser keeps its name but counts little.
    """
    table = weight_table()
    kept: list[_Candidate] = []
    taken: dict[int, set[EvidenceCode]] = {}
    seen: Counter[EvidenceCode] = Counter()
    for item in sorted(candidates, key=lambda item: _rank(item, table)):
        if seen[item.code] >= _MOST_OF_A_CODE:
            continue
        places = [taken[place] for place in range(item.first, item.last + 1) if place in taken]
        if any(item.code in codes for codes in places) or (item.strength < _WEAK and places):
            continue
        echoes = item.code in _MOOD and any(not codes.isdisjoint(_MOOD) for codes in places)
        kept.append(item._replace(strength=item.strength * _ECHO) if echoes else item)
        seen[item.code] += 1
        for place in range(item.first, item.last + 1):
            taken.setdefault(place, set()).add(item.code)
    return sorted(kept, key=lambda item: (item.first, item.last, item.code))


def _rank(item: _Candidate, table: Mapping[EvidenceCode, Mapping[Dimension, float]]) -> tuple[float, int, int, str]:
    """Order candidates: the most telling first, then the longest, then the earliest."""
    telling = item.strength * max(0.1, table[item.code].get(Dimension.frustration, 0.0))
    return (-telling, item.first - item.last, item.first, item.code)


def _longest(hits: list[Hit]) -> list[Hit]:
    """Drop hits that lie within an earlier, longer hit of the same group."""
    reach: dict[int, int] = {}
    kept = []
    for hit in hits:
        if hit.last > reach.get(hit.group, -1):
            kept.append(hit)
            reach[hit.group] = hit.last
    return kept


def _negated(message: Message, hit: Hit, language: Language) -> bool:
    """Tell whether a negation stands shortly before a hit, in the same clause, and does not merely confirm it."""
    words, breaks = message.words, message.breaks
    place = hit.first
    if words[place] in language.concord:
        return False
    for _ in range(_NEGATION_WINDOW):
        if place == 0 or breaks[place] >= SOFT_BREAK:
            return False
        place -= 1
        if words[place] in language.negators:
            return words[place + 1] not in language.no_negation_before
    return False


def _stated_count(message: Message, hit: Hit, language: Language) -> int:
    """Return the number of contacts that a hit states, or 0 where it names none ("again and again")."""
    count = 0
    for place in range(max(0, hit.first - _COUNT_WINDOW), hit.last + 1):
        if place >= hit.first:
            count = max(count, message.numbers.get(place, 0))
        count = max(count, language.numerals.get(message.words[place], 0))
    return min(count, _MOST_CONTACTS) if count > 1 else 0


def _force_of_count(count: int) -> float:
    """Return how much a number of contacts counts: the third is a plain one, more weigh slowly more."""
    return {0: 0.95, 2: 0.85, 3: 1.0, 4: 1.1}.get(count, 1.2)


def _surface(text: str, findings: list[Finding], *, habitual_capitals: bool) -> list[Finding]:
    """Return what the look of a text says beyond its words."""
    codes = {finding.code for finding in findings}
    cheerful = EvidenceCode.GRATITUDE in codes and FRICTION_CODES.isdisjoint(codes)
    found = [Finding(Source.lexical, EvidenceCode.PROFANITY, 1.0, span) for span in swearing(text)[:_MOST_OF_A_CODE]]
    if cheerful:
        return found
    for strength, span in punctuation(text)[:_MOST_OF_A_CODE]:
        found.append(Finding(Source.lexical, EvidenceCode.PUNCTUATION, strength, span))
    loud = shouting(text)
    if loud is not None:
        strength = loud[0] * (0.3 if habitual_capitals else 1.0)
        found.append(Finding(Source.lexical, EvidenceCode.SHOUTING, strength, loud[1]))
    return found
