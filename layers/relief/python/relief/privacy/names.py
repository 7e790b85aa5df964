"""Names of persons, best effort: self-introductions, titles, sign-offs and labelled fields (en, es, de, fr, pt, it)."""

import re
from collections.abc import Iterator

from relief.privacy.cues import Cues, words
from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern

_PARTICLE = (
    r"(?:de la|de los|de las|del|de|da|do|dos|das|di|van der|van den|van de|van|von der|von|der|den|zu|le|la|du|bin|al|"
    r"el|y|e)"
)
_CAPITALISED = r"(?:[A-Z](?:\.|[a-z]+)?(?:['-]?[A-Z]?[a-z]+)*|[^\x00-\x7f]\w+)"
_NAME = _CAPITALISED + r"(?: (?:" + _PARTICLE + r" )?" + _CAPITALISED + r"){0,3}"
_LOWER_NAME = r"[a-z][a-z'-]+(?: (?:" + _PARTICLE + r" )?[a-z][a-z'-]+){0,2}"
_TITLES = r"(?:(?:the|mr|mrs|ms|dr|prof|herr|frau|sr|sra)\.? )?"

_INTRODUCTIONS = Cues(
    "my name is|my name's|my name was|my full name is|my last name is|my first name is|my surname is|my names|name",
    "names|card_holder|card_holder name is|card_holder is|account holder is|account holder|recipient is|recipient",
    "customer name|full name|contact name|first name|last name|family name|maiden name|sur_name|first name is",
    "last name is|surname is|name on the account is|name on the card is|name on the order is|name on the booking is",
    "under the name|under the name of|goes by|mi nombre es|mi nombre completo es|me llamo|nombre|me chamo|chamo_me",
    "meu nome e|nome|meu nome completo e|em nome de|ich heise|mein name ist|mein voller name ist|name lautet",
    "auf den namen|mio nome e|je m'appelle|mon nom est|mon nom complet est|nom|au nom de|mi chiamo|ik heet",
    "mijn naam is|naam",
)
_LABELS = frozenset(
    "name|names|card holder|cardholder|account holder|recipient|customer name|full name|contact name|first name|last name"
    "|family name|maiden name|surname|sur name|nombre|nome|nom|naam".split("|")
)
"""Introductions that need a colon: without it they are ordinary words."""

_INTRODUCTION = LazyPattern("(?P<cue>" + _INTRODUCTIONS.pattern + r")(?P<colon> ?[:=])? " + _TITLES)
_SPEAKERS = Cues(
    "this is|it's|its|it is|i am|i'm|im|hier ist|hier spricht|aqui|habla|fala|ici|c'est|soy|sou|sou o|sou a|ich bin",
    "je suis",
)
_SPEAKER = LazyPattern(_SPEAKERS.pattern + " ")
_AFTER_SPEAKER = re.compile(
    r",? (?:speaking|here|calling|from|again|am apparat|al habla|falando|au telephone|a l'appareil|and i|and my|y mi|"
    r"und mein|et mon|e meu)(?![a-z])"
)
_HONORIFICS = Cues(
    "mr|mrs|ms|mx|miss|dr|prof|mister|sir|madam|herr|herrn|frau|sr|sra|srta|senor|senora|senorita|don|dona|monsieur",
    "madame|mademoiselle|mme|mlle|senhor|senhora|signor|signora|dott|sig",
)
_HONORIFIC = LazyPattern(_HONORIFICS.pattern + r"\.? (?:(?:dr|prof)\.? )?")
_SIGN_OFFS = Cues(
    "regards|sincerely|sincerely yours|yours sincerely|yours truly|yours faithfully|best wishes|best|cheers|thanks",
    "thank you|thanks again|thanks a lot|thanks so much|signed|saludos|saludos cordiales|atentamente|un saludo",
    "gracias|muchas gracias|mit freundlichen grusen|mit freundlichen grussen|mfg|viele gruse|liebe gruse|beste gruse",
    "gruse|grus|danke|vielen dank|cordialement|bien cordialement|crdlt|merci|atenciosamente|abracos|obrigado|obrigada",
    "cumprimentos|cordiali saluti|grazie|met vriendelijke groet|warmly|kind regards|best regards",
)
_SIGN_OFF = LazyPattern(_SIGN_OFFS.pattern + r"\s?[,.!-]?\s{1,3}(?:- ?)?")
_END_OF_MESSAGE = re.compile(r"\s*(?:\Z|\n|[.!,]\s*\Z)")

_ANY_NAME = LazyPattern(_NAME + "|" + _LOWER_NAME)
_CAPITALISED_NAME = re.compile(_NAME)
_TOKEN = re.compile(r"\S+")
_PARTICLES = words(
    "de la los las del da do dos das di van der den von zu le du bin al el y e",
)
_MOST_LOWER_WORDS = 2


_NO_NAMES = words(
    "a an the not no on in at is was my your our his her their this that it and or but so very really still just",
    "already now here there what who why how when misspelled misspelt spelled spelt wrong incorrect correct different",
    "missing same also only never being been right unhappy happy sorry sure frustrated angry upset sad mad done tired",
    "fed sick confused worried disappointed annoyed furious waiting trying having getting calling writing looking",
    "going asking using unable able interested aware afraid glad good great fine ok okay bad terrible awful",
    "ridiculous unacceptable outrageous absurd insane crazy regarding about for from with to of as by again today",
    "tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday english spanish german french",
    "american british canadian dear hi hello hey thanks thank please yes help support team customer service agent bot",
    "everyone all guys everybody urgent asap pending amazon google apple paypal microsoft facebook netflix uber ebay",
    "visa mastercard dhl ups fedex usps order refund account i im ive stuck locked out lost new old late early ready",
    "free busy back down up over under having experiencing wondering speaking call number phone email un una el la",
    "los las muy mal cliente enfadado enfadada harto harta de en con por para que se su tu mi espanol nuevo nueva",
    "equipo buenos buenas hola nicht kein ein eine der die das sehr falsch richtig kunde kundin enttauscht hier immer",
    "noch auch schon jetzt leider sie ich wir ihr hallo guten pas une le les tres deja client decu bonjour bonsoir",
    "merci vous ici nao um uma o os as muito aqui bom boa obrigado obrigada voces",
)
"""Words that follow "my name is" or "I am" without being a name."""


def find_names(draft: Draft) -> Iterator[Span]:
    """Find names of persons by what stands before them; a name without such words is not found."""
    for match in _INTRODUCTIONS.find(draft, _INTRODUCTION):
        if match["colon"] or match["cue"] not in _LABELS:
            name = _ANY_NAME.compiled.match(draft.plain, match.end())
            yield from _spans(draft, name)
    for match in _SPEAKERS.find(draft, _SPEAKER):
        name = _CAPITALISED_NAME.match(draft.plain, match.end())
        if name and _is_speaker(draft, name):
            yield from _spans(draft, name)
    for match in _HONORIFICS.find(draft, _HONORIFIC):
        if draft.plain[match.start()].isupper():
            yield from _spans(draft, _CAPITALISED_NAME.match(draft.plain, match.end()))
    for match in _SIGN_OFFS.find(draft, _SIGN_OFF):
        name = _CAPITALISED_NAME.match(draft.plain, match.end())
        if name and _END_OF_MESSAGE.match(draft.plain, name.end()):
            yield from _spans(draft, name)


def _is_speaker(draft: Draft, name: re.Match[str]) -> bool:
    """After "this is" or "I'm" a name is two capitalised words, or one with "speaking", "here" or the like after it."""
    if _AFTER_SPEAKER.match(draft.lower, name.end()):
        return True
    parts = name[0].lower().split()
    return len(parts) > 1 and _NO_NAMES.isdisjoint(parts)


def _spans(draft: Draft, name: re.Match[str] | None) -> Iterator[Span]:
    """Cut the name where a word begins that is none; of a lower-case introduction take two words at most."""
    if name is None:
        return
    start = end = name.start()
    lower_words = 0
    for part in _TOKEN.finditer(draft.lower, start, name.end()):
        word = part[0].strip(".,'")
        if end > start and word in _PARTICLES:
            continue
        lower_words += draft.plain[part.start()].islower()
        if word in _NO_NAMES or lower_words > _MOST_LOWER_WORDS:
            break
        end = part.end()
    if end > start:
        yield start, end - len(draft.plain[start:end]) + len(draft.plain[start:end].rstrip(".,'")), Kind.name
