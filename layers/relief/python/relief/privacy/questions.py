"""What the bot has just asked for: a bare "482913" is a one-time code only because of the question."""

import re

from relief.contracts.turn import BotReport
from relief.privacy.plain import read_plainly

_REQUEST = re.compile(
    r"\?|please|enter|provide|type|tell me|share|confirm|what|need|por favor|introduce|escrib|indique|bitte|geben|nennen|"
    r"veuillez|entrez|indiquez|digite|informe"
)
_SUBJECTS = {
    "password": r"password|passphrase|contrasena|passwort|kennwort|mot de passe|senha",
    "pin": r"\bpin\b|geheimzahl",
    "verification code": (
        r"(?:verification|security|one[- ]time|access|sms|digit|login|confirmation) (?:pass)?code|code (?:we|that|from|sent)|"
        r"\botp\b|passcode|codigo de (?:verifica|seguri|acces|confirma)|sicherheitscode|bestatigungscode|einmalcode|"
        r"code de (?:verif|confirm|secur|valid)"
    ),
    "date of birth": (
        r"date of birth|birth ?date|birthday|\bdob\b|fecha de nacimiento|geburtsdatum|date de naissance|data de nascimento"
    ),
    "phone": r"phone|telefon|mobile|telemovel|movil|celular|handy|rufnummer|cell",
    "ssn": (
        r"\bssn\b|social security|national insurance|\bdni\b|\bnie\b|steuer-?id|\bcpf\b|aadhaar|passport|securite sociale"
    ),
    "account number": (
        r"account number|sort code|routing number|kontonummer|numero de (?:compte|cuenta)|numero da conta"
    ),
    "zip code": r"zip ?code|post ?code|postal code|codigo postal|postleitzahl|code postal",
    "order number": (
        r"(?:order|booking|reference|tracking|ticket|case|invoice) (?:number|no|id|reference)|numero de pedido|"
        r"bestellnummer|numero de commande"
    ),
    "name": r"your (?:full |first |last )?name|su nombre|tu nombre|ihr(?:en)? name|votre nom|seu nome",
}
_PATTERNS = {announcement: re.compile(pattern) for announcement, pattern in _SUBJECTS.items()}
_END_OF_MESSAGE = 400
"""Characters at the end of the bot's message that hold its question."""

_MOST_SUBJECTS = 3


def asked_slots(bot: BotReport) -> tuple[str, ...]:
    """Return what the bot asked for, in words that announce it: the named slots, else what its last words request."""
    if bot.asked:
        return tuple(bot.asked)
    if not bot.said:
        return ()
    said = read_plainly(bot.said)[0].lower()[-_END_OF_MESSAGE:]
    if not _REQUEST.search(said):
        return ()
    return tuple(announcement for announcement, pattern in _PATTERNS.items() if pattern.search(said))[:_MOST_SUBJECTS]
