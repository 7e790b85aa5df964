"""Passwords, by what announces them: "my password is ...", "pw: ...", "contraseña ...", "Passwort ..."."""

import re
from collections.abc import Iterator

from relief.privacy.cues import Cues, words
from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern

VERBS = "is|was|are|be|to|es|era|ist|war|lautet|est|c'est|etait|e|eh|seria|equals|becomes"
MIDDLE = r"(?: (?!(?:" + VERBS + r") )[a-z'@.]{1,15}){0,5}?"
"""Up to five words between a cue and its verb: "my password for the app is"."""

_CUES = Cues(
    "pass_word|pass_words|pass_code|pass_phrase|passwd|pwd|pw|pass|pass_wort|kennwort|contrasena|contrasenas",
    "contrasenya|clave|clave de acceso|senha|palavra_passe|mot de passe|mdp|wachtwoord|parola|api_key|access_key",
    "access_key_id|secret_key|secret_access_key|secret|client_secret|token|access_token|auth_token|refresh_token",
    "private_key|credential|credentials|login_password",
)
_VALUE = r"(?P<quote>[\"'`]?)(?P<value>(?=[^\s\x1a]*\w)[^\s\x1a\"'`][^\s\x1a]{0,200})"
_STATEMENT = LazyPattern(
    _CUES.pattern + r"(?:(?P<middle>" + MIDDLE + r")"
    r"(?P<link>\s{0,3}(?::|=|->|=>)\s{0,3}| (?:" + VERBS + r")(?: (?:just )?(?:set to|now|still))?\s?:?\s))" + _VALUE
)
_APPOSITION = LazyPattern(_CUES.pattern + r"(?P<middle>)(?P<link>,?\s)" + _VALUE)
_ANSWER_CUES = Cues(
    "security answer|secret answer|memorable word|memorable name|security word|safe_word|respuesta secreta",
    "respuesta de seguridad|palabra de seguridad|sicherheitsantwort|kundenkennwort|reponse secrete|resposta secreta",
)
_ANSWER = LazyPattern(
    _ANSWER_CUES.pattern + MIDDLE + r"(?:\s{0,3}[:=]\s{0,3}| (?:" + VERBS + r")\s?:?\s)[\"'`]?(?P<value>\w[\w'-]{1,40})"
)
_REVERSED = LazyPattern(
    r"(?<![^\s\"'`(])([^\s\x1a]{4,64}) is (?:my|the|our|your) (?:new |old |current )?"
    r"(?:password|passcode|passphrase|pw|pin|api key|token)(?![a-z])"
)
_ORDINARY = re.compile(r"[a-z'-]+")
_CLAUSE_END = re.compile(r"[.,;!?)]|\s*\Z|\n| (?:and|but|y|und|et|e|can|please|por|bitte|merci|thanks)\b")
_INFLECTIONS = ("ed", "ing", "ly", "able", "ado", "ada", "iert", "ible", "lich")
"""Endings of words that tell about a password ("is expired"): no password."""

_NO_PASSWORDS = words(
    "a an the my your our his her their its it this that these those not no never none nothing and or but so because",
    "if when what which why how who where is are was were be been being to too for from in on at of by with without",
    "as also only just still again always now then here there very really quite wrong incorrect correct right fine ok",
    "okay good bad weak strong safe secure secret same different new old invalid valid unknown blocked locked lost",
    "stolen gone empty blank broken expired forgot forgotten reset please thanks thank help link page email mail",
    "manager policy field box screen prompt recovery sent required needed rejected refused accepted denied changed",
    "updated saved compromised leaked hacked exposed public private temporary permanent long short case-sensitive",
    "working failing missing unable impossible useless something anything everything you i we they he she will would",
    "can cannot can't could should must may might do does did done doesn't don't didn't won't isn't wasn't has have",
    "had having get got getting set sure yes clear hard easy enough more less back out up down dead ready stuck twice",
    "once today yesterday tomorrow ago incorrecta correcta incorrecto mal bien un una el la los las mi tu su de del",
    "que para por con sin muy ya nueva vieja caducada bloqueada olvidada perdida segura valida invalida cual como se",
    "me te le olvide falsch richtig nicht kein keine abgelaufen gesperrt vergessen neu alt zu sicher unsicher",
    "ungultig gultig der die das mein meine ein eine weg leider immer noch schon auch mir wie was zurucksetzen oublie",
    "expire bloque pas une les mon ma ne ni sur dans perdu invalide quel comment j'ai incorreta errada errado",
    "esquecida expirada nao um uma o os minha meu qual esqueci",
)
"""Words that follow "the password is" without being one."""

_SHORTEST_UNLINKED = 5
"""Characters that a value without a verb or colon needs: "password 2FA" and "pass 24/7" are none."""


def find_passwords(draft: Draft) -> Iterator[Span]:
    """Find passwords, keys and tokens that follow their name, and "hunter2 is my password"."""
    for match in _announced(draft):
        span = _secret_span(draft, match)
        if span:
            yield span
    for match in _ANSWER_CUES.find(draft, _ANSWER):
        if match["value"] not in _NO_PASSWORDS:
            yield (*match.span("value"), Kind.secret)
    if not draft.words.isdisjoint({"password", "passcode", "passphrase", "pw", "pin", "api", "token"}):
        for match in _REVERSED.compiled.finditer(draft.lower):
            if looks_random(match[1]) or _is_stated_word(draft, match):
                yield (*match.span(1), Kind.secret)


def _announced(draft: Draft) -> Iterator[re.Match[str]]:
    """Find what stands after the name of a secret."""
    for word in _CUES.words_in(draft):
        statement_at, apposition_at = (_CUES.narrow(pattern, word).match for pattern in (_STATEMENT, _APPOSITION))
        lower, again = draft.lower, f" {word} "
        for start in _CUES.starts(draft, word):
            # What follows "password password" follows the second.
            if lower.startswith(again, start + len(word)):
                continue
            statement = statement_at(lower, start)
            if statement:
                yield statement
            # Right after a name that states there is no more than its verb.
            if not statement or statement["middle"]:
                apposition = apposition_at(lower, start)
                if apposition:
                    yield apposition


def _is_stated_word(draft: Draft, match: re.Match[str]) -> bool:
    """Tell whether an ordinary word is stated as a password: it begins the sentence and tells nothing about one."""
    word = match[1]
    if match.start(1) > 0 and draft.lower[match.start(1) - 1] not in "\n\"'`(":
        return False
    return bool(_ORDINARY.fullmatch(word)) and word not in _NO_PASSWORDS and not word.endswith(_INFLECTIONS)


def looks_random(value: str) -> bool:
    """Tell whether a word mixes letters with digits or symbols, or is a number of four digits or more."""
    letters = sum(map(str.isalpha, value))
    digits = sum(map(str.isdigit, value))
    symbols = sum(character in "!@#$%^&*_+=~|<>?/\\{}[]" for character in value.rstrip("?!"))
    if letters and (digits or symbols):
        return True
    return digits >= 4 and not letters  # noqa: PLR2004 - explained above


def _secret_span(draft: Draft, match: re.Match[str]) -> Span | None:
    """Decide whether the word after a password's cue is the password."""
    start, end = match.span("value")
    quote = match["quote"]
    if quote:
        closing = draft.lower.find(quote, start, start + 200)
        if closing > start and "\x1a" not in draft.lower[start:closing]:
            return start, closing, Kind.secret
    value = draft.lower[start:end].rstrip(".,;:)")
    word = value.rstrip("!?")
    if not value or word in _NO_PASSWORDS:
        return None
    span = start, start + len(value), Kind.secret
    link = match["link"].strip()
    ordinary = _ORDINARY.fullmatch(word) is not None
    if link in {"", ","}:
        return span if len(value) >= _SHORTEST_UNLINKED and looks_random(value) else None
    if link[-1] in ":=>":
        return None if ordinary and match["middle"] else span
    if not ordinary:
        return span
    return span if not word.endswith(_INFLECTIONS) and _CLAUSE_END.match(draft.lower, span[1]) else None
