"""PINs, card verification values and one-time codes: digits after their name."""

import re
from collections.abc import Iterator

from relief.privacy.cues import Cues
from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern
from relief.privacy.passwords import MIDDLE, VERBS

_PIN_CUES = Cues(
    "pin|pins|pin_code|pin number|pin_nummer|geheimzahl|nip|cvv|cvc|cvv2|cvc2|csc|security number|card security code",
    "card verification code|cryptogramme|prufziffer|clave|passcode|pass code|senha|codigo pin|code pin",
)
_PIN = LazyPattern(
    _PIN_CUES.pattern + r"(?:\s?[:=#]\s?|" + MIDDLE + r" (?:" + VERBS + r")(?: now)?\s?:?\s|(?: [a-z]{1,10}){0,3}? )"
    r"(?P<digits>\d(?:[ -]?\d){2,11})(?![\w%])(?![.,]\d)"
)
_CODE_CUES = Cues(
    "otp|totp|tan|one_time code|one_time pass_code|one_time password|one_time pin|single_use code|verification code",
    "verification pin|verify code|authentication code|authenticator code|auth code|login code|log_in code",
    "sign_in code|security code|access code|confirmation code|activation code|sms code|text code|2fa code|mfa code",
    "two_factor code|recovery code|backup code|temporary code|digit code|temporary password|temporary pin",
    "codigo de verificacion|codigo de verificacao|codigo de acceso|codigo de acesso|codigo de un solo uso",
    "codigo de confirmacion|codigo de confirmacao|codigo de seguridad|codigo de seguranca|codigo de autenticacion",
    "codigo sms|bestatigungscode|verifizierungscode|sicherheitscode|einmalcode|einmalpasswort|anmeldecode|sms_code",
    "code sms|code de verification|code de confirmation|code de securite|code de validation|code de connexion",
    "codice di verifica|verificatiecode",
)
_NAMED_CODE = LazyPattern(
    _CODE_CUES.pattern
    + r"(?:"
    + MIDDLE
    + r"(?:\s?[:=#]\s?| (?:"
    + VERBS
    + r"|says?|shows?|reads?)(?: now| this)?\s?:?\s)"
    r"| (?:[a-z]{1,8} ){0,2}?)[\"']?(?P<code>(?:[a-z]-)?\d(?:[ -]?\d){2,9})(?![\w%])(?![.,/:]\d)"
)
_PLAIN_CUES = Cues(
    "code|codes|codigo|codice",
)
_PLAIN_CODE = LazyPattern(
    _PLAIN_CUES.pattern + MIDDLE + r"(?:\s?[:=#]\s?(?:it'?s |it is )?"
    r"| (?:" + VERBS + r"|says?|shows?|reads?|sagt|dice|dit)(?: now| this)?\s?:?\s)"
    r"[\"']?(?P<code>(?:[a-z]-)?\d(?:[ -]?\d){3,9})(?![\w%])(?![.,/:]\d)"
)
_DIGIT_PREFIX = re.compile(r"(?:[23]fa|[4-8][- ]?digit|numeric)[ -]\Z")
_COUNTED_CODE = LazyPattern(r"codes? (?:[a-z]{1,8} ){0,2}?(?P<code>\d(?:[ -]?\d){3,9})(?![\w%])(?![.,/:]\d)")
_BARE_CODE = LazyPattern(r"(?:code|codigo|codice) (?P<code>\d{6})(?![\w%])(?!\s?[-.,/:]?\d)")
"""Six digits right after the word, the usual length: "the code 482913 came too late"."""

_OTHER_CODE = LazyPattern(
    r"(?:error|fehler|status|response|return|exit|reason|promo|promotion|promotional|discount|coupon|voucher|gift|offer|"
    r"referral|postal|post|zip|area|country|dial|dialling|dialing|product|item|article|tracking|qr|bar|source|sort|bank|"
    r"branch|swift|bic|colou?r|model|part|order|booking|reservation|http|fault|diagnostic|batch|store|stock|dress|style|"
    r"currency|tax|hs|airline|airport|flight|language|erreur|promocional|de error|de erro|rabatt|gutschein"
    r"|postal)s?[ -]?\Z"
)
_OTHER_CODE_AFTER = LazyPattern(
    r"[^\d\x1a]{0,24}?(?:error|erreur|fehler|erro|postal|promo|descuento|barras|produit|producto)(?![a-z])"
)
_SHORTEST_OTHER = 5
"""Digits of a security code that is a one-time code; three or four are a card's verification value."""


def find_pins(draft: Draft) -> Iterator[Span]:
    """Find PINs and card verification values: three to twelve digits after their name."""
    if not draft.numbers:
        return
    for match in _PIN_CUES.find(draft, _PIN):
        yield (*match.span("digits"), Kind.secret)


def find_one_time_codes(draft: Draft) -> Iterator[Span]:
    """Find digits after "code is", "OTP" and their kin, unless it is an error, promotion or other code."""
    if not draft.numbers:
        return
    for match in _CODE_CUES.find(draft, _NAMED_CODE):
        verification_value = match[0].startswith("security") and len(match["code"]) < _SHORTEST_OTHER
        yield (*match.span("code"), Kind.secret if verification_value else Kind.one_time_code)
    for match in _PLAIN_CUES.find(draft, _COUNTED_CODE):
        if _DIGIT_PREFIX.search(draft.lower, max(0, match.start() - 10), match.start()):
            yield (*match.span("code"), Kind.one_time_code)
    plain = [*_PLAIN_CUES.find(draft, _PLAIN_CODE), *_PLAIN_CUES.find(draft, _BARE_CODE)]
    for match in plain:
        before_is_other = _OTHER_CODE.compiled.search(draft.lower, max(0, match.start() - 16), match.start())
        after_is_other = _OTHER_CODE_AFTER.compiled.match(draft.lower, match.start(), match.start("code"))
        if not before_is_other and not after_is_other:
            yield (*match.span("code"), Kind.one_time_code)
