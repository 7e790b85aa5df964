"""What the bot has just asked for: a bare "482913" is a one-time code only because of the question."""

import re

from relief.contracts.turn import BotReport
from relief.privacy.plain import read_plainly

_REQUEST = re.compile(r"\?|please|enter|provide|type|tell me|share|confirm|what|need|por favor|introduce|escrib|indique|bitte|geben|nennen|veuillez|entrez|indiquez|digite|informe")
_SUBJECTS = (
    ("password", re.compile(r"password|passphrase|contrasena|passwort|kennwort|mot de passe|senha")),
    ("pin", re.compile(r"\bpin\b|geheimzahl")),
    ("verification code", re.compile(
        r"(?:verification|security|one[- ]time|access|sms|digit|login|confirmation) (?:pass)?code|code (?:we|that|from|sent)|\botp\b"
        r"|codigo de (?:verifica|seguri|acces|confirma)|sicherheitscode|bestatigungscode|einmalcode|code de (?:verif|confirm|secur|valid)|passcode")),
    ("date of birth", re.compile(r"date of birth|birth ?date|birthday|fecha de nacimiento|geburtsdatum|date de naissance|data de nascimento|\bdob\b")),
    ("phone", re.compile(r"phone|telefon|mobile|telemovel|movil|celular|handy|rufnummer|cell")),
    ("ssn", re.compile(r"\bssn\b|social security|national insurance|\bdni\b|\bnie\b|steuer-?id|\bcpf\b|aadhaar|passport|securite sociale")),
    ("account number", re.compile(r"account number|sort code|routing number|kontonummer|numero de (?:compte|cuenta)|numero da conta")),
    ("zip code", re.compile(r"zip ?code|post ?code|postal code|codigo postal|postleitzahl|code postal")),
    ("order number", re.compile(r"(?:order|booking|reference|tracking|ticket|case|invoice) (?:number|no|id|reference)|numero de pedido|bestellnummer|numero de commande")),
    ("name", re.compile(r"your (?:full |first |last )?name|su nombre|tu nombre|ihr(?:en)? name|votre nom|seu nome")),
)  # fmt: skip


def asked_slots(bot: BotReport) -> tuple[str, ...]:
    """Return what the bot asked for, in words that announce it: the named slots, else what its last words request."""
    if bot.asked:
        return tuple(bot.asked)
    if not bot.said:
        return ()


    said = read_plainly(bot.said)[0].lower()[-400:]
    if not _REQUEST.search(said):
        return ()
    return tuple(name for name, pattern in _SUBJECTS if pattern.search(said))[:3]
