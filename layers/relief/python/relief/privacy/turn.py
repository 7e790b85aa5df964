"""Redaction of a whole turn: every free string that a caller can put into one."""

import re
from collections import Counter
from dataclasses import dataclass, field

from relief.contracts.turn import MAX_TEXT_CHARACTERS, BotReport, FactValue, TurnRequest
from relief.privacy.kinds import Finding, Kind
from relief.privacy.questions import asked_slots
from relief.privacy.redact import redact

_LONGEST_LABEL = 64
_LONGEST_FACT = 200
_LONGEST_POINTER = 256
_LONGEST_REPLY = 160
_COUNTER = "_0123456789"
"""Characters of a message that is taken to answer the bot's question; a longer one tells a story of its own."""

_WORD = re.compile(r"\w+")
_PLAIN_REPLY = frozenset(
    "a an agent agente agent agents assistance bot cancel chat continue customer einem einen el en hablar help hi hello "
    "human humano i is it later live manager me mensch menschen mit mitarbeiter n need next no nein none not ok okay "
    "operador operator people person persona please pls por favor bitte real rep representative reset right service "
    "si skip speak start stop sprechen supervisor support talk thanks to una want wrong y yes ja yep yeah you".split()
)
"""Words that answer no question about a person, whatever the bot has just asked: "agent" is no password."""

_WHOLE_REPLY_ONLY = frozenset({Kind.name, Kind.secret})
"""Kinds that a question makes of any words ("Your name?" - "This is absurd"): they must be the whole reply."""


@dataclass(frozen=True, slots=True)
class RedactedTurn:
    """A turn without personal data, and how often each kind was found in it."""

    turn: TurnRequest
    counts: dict[Kind, int] = field(default_factory=dict)


def redact_turn(turn: TurnRequest) -> RedactedTurn:
    """Redact the text, the bot's report, telemetry targets, facts, preferences, evidence, products and labels.

    ``customer.ref`` stays: the caller of this function replaces it by its keyed hash (``relief.privacy.references``).
    Names of facts and preferences are keys, not text, and tell what their values are. A string that a placeholder
    makes longer than its field allows is cut, never within a placeholder.
    """
    return _TurnRedactor(turn.locale).redact(turn)


class _TurnRedactor:
    """Redacts string by string and counts what it found."""

    def __init__(self, locale: str) -> None:
        self._locale = locale
        self._counts: Counter[Kind] = Counter()

    def redact(self, turn: TurnRequest) -> RedactedTurn:
        changes: dict[str, object] = {
            "facts": self._facts(turn.facts),
            "preferences": self._facts(turn.preferences),
            "telemetry": [
                item.model_copy(update={"target": self._string(item.target, _LONGEST_LABEL)}) if item.target else item
                for item in turn.telemetry
            ],
            "evidence": [
                item.model_copy(update={"ref": self._string(item.ref, _LONGEST_POINTER)}) for item in turn.evidence
            ],
        }
        if turn.text is not None:
            changes["text"] = self._reply(turn.text, turn.bot)
        if turn.bot is not None:
            changes["bot"] = self._bot(turn.bot)
        if turn.customer is not None:
            customer: dict[str, object] = {}
            if turn.customer.products is not None:
                customer["products"] = [self._string(product, _LONGEST_LABEL) for product in turn.customer.products]
            if turn.customer.region is not None:
                customer["region"] = self._string(turn.customer.region, 32)
            changes["customer"] = turn.customer.model_copy(update=customer)
        redacted = turn.model_copy(update=changes)
        return RedactedTurn(redacted, dict(self._counts))

    def _bot(self, bot: BotReport) -> BotReport:
        changes: dict[str, object] = {}
        if bot.said is not None:
            changes["said"] = self._string(bot.said, MAX_TEXT_CHARACTERS)
        if bot.intent is not None:
            changes["intent"] = bot.intent.model_copy(update={"name": self._string(bot.intent.name, _LONGEST_LABEL)})
        return bot.model_copy(update=changes)

    def _string(self, text: str, limit: int) -> str:
        redaction = redact(text, self._locale)
        self._counts.update(finding.kind for finding in redaction.found)
        return _fit(redaction.text, limit)

    def _facts(self, facts: dict[str, FactValue]) -> dict[str, FactValue]:
        return {name: self._fact(name, value) for name, value in facts.items()}

    def _fact(self, name: str, value: FactValue) -> FactValue:
        """Redact a value with its name as the cue; a number that is personal data becomes its placeholder."""
        if isinstance(value, bool):
            return value
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        found = self._found_after(name, text)
        if not found:
            return value
        self._counts.update(finding.kind for finding in found)
        return _fit(_replace(text, found), _LONGEST_FACT)

    def _reply(self, text: str, bot: BotReport | None) -> str:
        """Redact the message; a short one in the light of what the bot has just asked for."""
        answers = len(text) <= _LONGEST_REPLY and not _PLAIN_REPLY.issuperset(_WORD.findall(text.lower()))
        slots = asked_slots(bot) if bot is not None and answers else ()
        if not slots:
            return self._string(text, MAX_TEXT_CHARACTERS)
        found: list[Finding] = []
        by_itself = redact(text, self._locale).found
        whole = len(text.strip().rstrip(".!"))
        for slot in slots:
            for finding in self._found_after(slot, text):
                forced = finding.kind in _WHOLE_REPLY_ONLY and finding not in by_itself
                if forced and finding.end - finding.start < whole:
                    continue
                if all(finding.end <= other.start or finding.start >= other.end for other in found):
                    found.append(finding)
        found.sort(key=lambda finding: finding.start)
        self._counts.update(finding.kind for finding in found)
        return _fit(_replace(text, found), MAX_TEXT_CHARACTERS)

    def _found_after(self, name: str, text: str) -> list[Finding]:
        """Find what is personal in ``text`` when ``name`` announces it."""
        # A number that counts facts, as in note_13, would read like the beginning of the value.
        announcement = f"{name.rstrip(_COUNTER).replace('_', ' ')}: "
        shift = len(announcement)
        found = redact(announcement + text, self._locale).found
        if any(finding.start < shift for finding in found):
            return list(redact(text, self._locale).found)
        return [Finding(finding.kind, finding.start - shift, finding.end - shift) for finding in found]


def _replace(text: str, found: list[Finding]) -> str:
    pieces: list[str] = []
    position = 0
    for finding in found:
        pieces += (text[position : finding.start], finding.kind.placeholder)
        position = finding.end
    return "".join([*pieces, text[position:]])


def _fit(text: str, limit: int) -> str:
    """Cut a text to ``limit`` characters, before a placeholder that the cut would split."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    opening = cut.rfind("[")
    split = opening > cut.rfind("]") and any(text.startswith(kind.placeholder, opening) for kind in Kind)
    return cut[:opening] if split else cut
