"""Generated cases for redaction: personal data of each structured kind in sentences, and look-alikes that must stay.

Check digits come from python-stdnum or from the formulas themselves, never from the code under test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from random import Random

SEED = 20_260_101
DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Case:
    """A message, the personal data in it, and the kind that it must be found as."""

    kind: str
    locale: str
    text: str
    secret: str


def digits(random: Random, count: int) -> str:
    """Draw ``count`` digits."""
    return "".join(random.choices(DIGITS, k=count))


def letters(random: Random, count: int) -> str:
    """Draw ``count`` capital letters."""
    return "".join(random.choices(LETTERS, k=count))


def grouped(number: str, sizes: tuple[int, ...], separator: str) -> str:
    """Divide a number into groups; what is left over forms the last one."""
    groups, position = [], 0
    for size in sizes:
        groups.append(number[position : position + size])
        position += size
    groups.append(number[position:])
    return separator.join(group for group in groups if group)


def pattern(random: Random, form: str) -> str:
    """Fill a form: ``#`` is a digit, ``%`` a digit from 1 or 2 up, ``@`` a capital letter."""
    fill = {
        "#": lambda: random.choice(DIGITS),
        "%": lambda: random.choice("23456789"),
        "@": lambda: random.choice(LETTERS),
    }
    return "".join(fill[character]() if character in fill else character for character in form)


CARD_FORMS = {
    "4": (16, 13, 19), "51": (16,), "55": (16,), "2221": (16,), "2720": (16,), "34": (15,), "37": (15,), "6011": (16,),
    "65": (16,), "3528": (16,), "3589": (16,), "36": (14,), "305": (14,), "62": (16, 19), "6759": (16,),
}  # fmt: skip
CARD_CARRIERS = (
    ("en-US", "My card number is {} and it was charged twice."),
    ("en-US", "{}"),
    ("en-US", "please use {}, exp 09/27"),
    ("en-GB", "Card:{}. Can you check?"),
    ("en-US", "I paid with visa {}\nand nothing happened"),
    ("es-ES", "mi tarjeta es {} y caduca en 2027"),
    ("de-DE", "Meine Kreditkarte {} wurde abgelehnt"),
    ("fr-FR", "ma carte bancaire : {}, merci"),
    ("pt-BR", "o cartão {} foi recusado"),
    ("en-IN", "(card {})"),
)


def card(random: Random) -> Case:
    """Draw a payment card number of one of fifteen ranges in one of nine ways of writing."""
    prefix = random.choice(list(CARD_FORMS))
    length = random.choice(CARD_FORMS[prefix])
    body = prefix + digits(random, length - len(prefix) - 1)
    number = body + str(import_module("stdnum.luhn").calc_check_digit(body))
    sizes = {15: (4, 6), 14: (4, 6)}.get(length, (4, 4, 4, 4))
    form = random.randrange(9)
    if form < 5:
        written = grouped(number, sizes, (" ", "-", " - ", ".", "  ")[form])
    elif form == 5:
        written = number.translate({ord(digit): 0xFF10 + int(digit) for digit in DIGITS})
    elif form == 6:
        written = number[:4] + "\u200b" + number[4:]
    elif form == 7:
        written = number.translate({ord(digit): 0x0660 + int(digit) for digit in DIGITS})
    else:
        written = number
    locale, carrier = random.choice(CARD_CARRIERS)
    return Case("card", locale, carrier.format(written), written)


IBAN_FORMS = {
    "DE": "##################", "GB": "@@@@##############", "FR": "#######################", "ES": "####################",
    "IT": "@######################", "NL": "@@@@##########", "BE": "############", "PT": "#####################",
    "CH": "#################", "AT": "################", "PL": "########################", "IE": "@@@@##############",
    "NO": "###########", "MT": "@@@@#######################", "SE": "####################", "BR": "#######################@#",
}  # fmt: skip
IBAN_CARRIERS = (
    ("en-GB", "Refund to {} please"),
    ("de-DE", "Meine IBAN lautet {}."),
    ("es-ES", "El IBAN es {}, gracias"),
    ("fr-FR", "IBAN:{}"),
    ("en-US", "{}"),
    ("it-IT", "accreditate su {} entro domani"),
)


def iban(random: Random) -> Case:
    """Draw an IBAN of one of sixteen countries, compact, grouped, dashed or in lower case."""
    country = random.choice(list(IBAN_FORMS))
    body = pattern(random, IBAN_FORMS[country])
    check = import_module("stdnum.iban").calc_check_digits(f"{country}00{body}")
    number = f"{country}{check}{body}"
    written = random.choice(
        (
            number,
            grouped(number, (4,) * 8, " "),
            grouped(number, (4,) * 8, "-"),
            number.lower(),
            grouped(number.lower(), (4,) * 8, " "),
        )
    )
    locale, carrier = random.choice(IBAN_CARRIERS)
    return Case("iban", locale, carrier.format(written), written)


PHONE_FORMS = {
    "en-US": (
        "+1 %##-%##-####", "(%##) %##-####", "%##-%##-####", "%##.%##.####", "+1%##%######", "1-%##-%##-####",
        "%##-%##-#### x###", "(%##)%##-#### ext. ####", "001-%##-%##-####", "+1 (%##) %##-####",
    ),
    "en-GB": ("+44 20 7### ####", "020 7### ####", "07911 ######", "+44 7911 ######", "0161 496 ####", "(020) 7946 ####", "0044 7911 ######", "07911######"),
    "de-DE": ("+49 30 ########", "030 ########", "0151 ########", "+49 151 ########", "0151/########", "+49 (0) 30 #######", "089-#######", "0049 151 ########"),
    "fr-FR": ("06 ## ## ## ##", "06.##.##.##.##", "+33 6 ## ## ## ##", "01 42 ## ## ##", "+33 (0)6 ## ## ## ##", "06########", "06-##-##-##-##"),
    "es-ES": ("+34 612 ### ###", "612 ### ###", "612 ## ## ##", "+34 91 ### ## ##", "91 555 ## ##", "0034 612######", "612######"),
    "pt-BR": ("+55 11 9####-####", "(11) 9####-####", "(21) 3###-####", "+55 (11) 9####-####", "11 9####-####"),
    "en-IN": ("+91 98### #####", "098### #####", "98### #####", "+91-98########", "98########"),
    "it-IT": ("+39 347 ### ####", "347 ### ####", "+39 06 ########", "06 ########"),
    "nl-NL": ("+31 6 ########", "06 ########", "020 624 ####", "06-########"),
    "en-AU": ("+61 4## ### ###", "04## ### ###", "(02) 9### ####", "02 9### ####"),
    "pt-PT": ("+351 912 ### ###", "912 ### ###", "21 342 ## ##"),
    "es-MX": ("+52 55 #### ####", "55 1234 ####"),
}  # fmt: skip
PHONE_CARRIERS = {
    "en": (
        "Call me at {} after five.",
        "my number is {}",
        "{}",
        "You can reach me on {}, thanks",
        "phone:{}",
        "Tel. {} (evenings)",
    ),
    "de": ("Rufen Sie mich unter {} an.", "Meine Handynummer ist {}", "{}", "Tel.: {}"),
    "fr": ("Appelez-moi au {} svp", "mon téléphone : {}", "{}"),
    "es": ("Llámame al {} por favor", "mi móvil es {}", "{}", "teléfono: {}."),
    "pt": ("Meu telefone é {}", "me ligue no {}", "{}"),
    "it": ("chiamatemi al {}", "{}", "il mio cellulare è {}"),
    "nl": ("bel me op {}", "{}"),
}


def phone(random: Random) -> Case:
    """Draw a telephone number of one of twelve regions as people there write it."""
    locale = random.choice(list(PHONE_FORMS))
    written = pattern(random, random.choice(PHONE_FORMS[locale]))
    carrier = random.choice(PHONE_CARRIERS[locale[:2]])
    return Case("phone", locale, carrier.format(written), written)


NATIONAL_IDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "us_ssn": ("en-US", ("my SSN is {}", "{}", "social security number: {}.")),
    "us_ssn_bare": ("en-US", ("my SSN is {}", "social security number {}", "ssn:{}")),
    "us_itin": ("en-US", ("my ITIN is {}", "{}")),
    "gb_nino": ("en-GB", ("my NI number is {}", "National insurance: {}", "{} is what my payslip says")),
    "gb_nhs": ("en-GB", ("NHS number {}", "my nhs no is {}.")),
    "de_idnr": ("de-DE", ("Meine Steuer-ID ist {}", "Steueridentifikationsnummer: {}")),
    "de_ausweis": ("de-DE", ("Meine Personalausweisnummer ist {}", "Ausweis {}", "Personalausweis: {}")),
    "fr_nir": ("fr-FR", ("mon numéro de sécurité sociale est {}", "NIR : {}", "{}")),
    "es_dni": ("es-ES", ("mi DNI es {}", "{}", "con DNI {}, gracias")),
    "es_nie": ("es-ES", ("mi NIE es {}", "{}")),
    "in_aadhaar": ("en-IN", ("my Aadhaar is {}", "aadhaar number: {}")),
    "in_pan": ("en-IN", ("PAN {}", "my PAN card number is {}", "{}")),
    "br_cpf": ("pt-BR", ("meu CPF é {}", "CPF: {}", "{}")),
    "br_cnpj": ("pt-BR", ("CNPJ {}", "{}")),
    "it_codicefiscale": ("it-IT", ("il mio codice fiscale è {}", "{}", "CF {}")),
    "nl_bsn": ("nl-NL", ("mijn BSN is {}", "burgerservicenummer: {}")),
    "ca_sin": ("en-CA", ("my SIN is {}", "social insurance number {}")),
    "au_tfn": ("en-AU", ("TFN: {}", "my tax file number is {}")),
    "passport": ("en-GB", ("passport number {}", "my passport is {}", "Passport no. {}")),
}  # fmt: skip


def _valid(module: str, draw: Callable[[], str]) -> str:
    """Draw until the library accepts: the last character or two are a check that a few tries meet."""
    is_valid = import_module(f"stdnum.{module}").is_valid
    while not is_valid(number := draw()):
        pass
    return number


def _national_number(random: Random, scheme: str) -> str:  # noqa: PLR0912 - one branch a scheme
    choose = random.choice
    match scheme:
        case "us_ssn" | "us_ssn_bare":
            number = _valid("us.ssn", lambda: digits(random, 9))
            return number if scheme == "us_ssn_bare" else grouped(number, (3, 2), choose("- "))
        case "us_itin":
            return grouped(_valid("us.itin", lambda: "9" + digits(random, 8)), (3, 2), "-")
        case "gb_nino":
            number = choose("ABCEGHJ") + choose("ABCEHJ") + digits(random, 6) + choose("ABCD")
            return (
                choose((number, grouped(number, (2, 2, 2, 2), " "), number.lower()))
                .replace("GB", "GA")
                .replace("BG", "BA")
            )
        case "gb_nhs":
            return choose((lambda n: n, lambda n: grouped(n, (3, 3), " ")))(
                _valid("gb.nhs", lambda: digits(random, 10))
            )
        case "de_idnr":
            number = _valid("de.idnr", lambda: _repeating(random))
            return choose((number, grouped(number, (2, 3, 3), " ")))
        case "de_ausweis":
            body = (
                choose("LMNPRTVWXYCFGHJK")
                + "".join(random.choices("CFGHJKLMNPRTVWXYZ0123456789", k=7))
                + choose(DIGITS)
            )
            return body + _icao_check(body)
        case "fr_nir":
            body = (
                choose("12")
                + digits(random, 2)
                + f"{random.randint(1, 12):02}"
                + f"{random.randint(1, 95):02}"
                + digits(random, 6)
            )
            body = body[:5] + body[5:7].replace("20", "21") + body[7:]
            number = body + f"{97 - int(body) % 97:02}"
            return choose((number, grouped(number, (1, 2, 2, 2, 3, 3), " ")))
        case "es_dni":
            body = digits(random, 8)
            return body + choose(("", "-", " ")) + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]
        case "es_nie":
            body = choose("XYZ") + digits(random, 7)
            return body + choose(("", "-")) + "TRWAGMYFPDXBNJZSQVHLCKE"[int(str("XYZ".index(body[0])) + body[1:]) % 23]
        case "in_aadhaar":
            number = _valid("in_.aadhaar", lambda: choose("23456789") + digits(random, 11))
            return choose((number, grouped(number, (4, 4), " "), grouped(number, (4, 4), "-")))
        case "in_pan":
            return (
                letters(random, 3)
                + choose("ABCFGHJLPT")
                + letters(random, 1)
                + f"{random.randint(1, 9999):04}"
                + letters(random, 1)
            )
        case "br_cpf":
            number = _valid("br.cpf", lambda: digits(random, 11))
            return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"
        case "br_cnpj":
            number = _valid("br.cnpj", lambda: digits(random, 8) + "0001" + digits(random, 2))
            return f"{number[:2]}.{number[2:5]}.{number[5:8]}/{number[8:12]}-{number[12:]}"
        case "it_codicefiscale":
            body = "RSSMRA" + f"{random.randint(10, 99)}{choose('ABCDEHLMPRST')}{random.randint(1, 28):02}H501"
            number = body + import_module("stdnum.it.codicefiscale").calc_check_digit(body)
            return choose((number, number.lower()))
        case "nl_bsn":
            number = _valid("nl.bsn", lambda: digits(random, 9))
            return choose((number, grouped(number, (4, 2), ".")))
        case "ca_sin":
            number = _valid("ca.sin", lambda: choose("1234567") + digits(random, 8))
            return choose((number, grouped(number, (3, 3), " "), grouped(number, (3, 3), "-")))
        case "au_tfn":
            number = _valid("au.tfn", lambda: digits(random, 9))
            return choose((number, grouped(number, (3, 3), " ")))
        case _:
            return choose(
                (digits(random, 9), letters(random, 1) + digits(random, 8), letters(random, 2) + digits(random, 7))
            )


def _repeating(random: Random) -> str:
    """Draw eleven digits of which one of the first ten occurs twice, as the German tax id requires."""
    drawn = random.sample(DIGITS, 9)
    ten = [*drawn, random.choice(drawn)]
    random.shuffle(ten)
    return "".join(ten) + random.choice(DIGITS)


def _icao_check(body: str) -> str:
    """Compute the check digit of ICAO 9303: weights 7, 3, 1 over digits and letters from 10."""
    return str(sum(int(character, 36) * (7, 3, 1)[index % 3] for index, character in enumerate(body)) % 10)


def national_id(random: Random) -> Case:
    """Draw a national id of one of twelve countries."""
    scheme = random.choice(list(NATIONAL_IDS))
    locale, carriers = NATIONAL_IDS[scheme]
    written = _national_number(random, scheme)
    return Case("national_id", locale, random.choice(carriers).format(written), written)


EMAIL_CARRIERS = (
    "My email is {}",
    "{}",
    "write to {}, please",
    "<{}>",
    "mail:{}.",
    "Mi correo es {} y espero",
    "E-Mail: {}!",
    "({})",
)
EMAIL_NAMES = (
    "ana.lopez",
    "bob_smith",
    "j.doe+shop",
    "marie-claire",
    "o.müller",
    "x",
    "kontakt1985",
    "JOHN.SMITH",
    "d'arcy",
)
EMAIL_DOMAINS = (
    "example.com",
    "mail.example.co.uk",
    "gmail.com",
    "firma-gmbh.de",
    "exemple.fr",
    "empresa.com.br",
    "büro.de",
    "a.museum",
)


def email(random: Random) -> Case:
    """Draw an e-mail address, one in eight of them spelt with (at) or dot."""
    name, domain = random.choice(EMAIL_NAMES), random.choice(EMAIL_DOMAINS)
    written = f"{name}{random.choice(('', digits(random, 2)))}@{domain}"
    if random.random() < 0.125:
        name = random.choice(EMAIL_NAMES[:5])
        written = f"{name} (at) {domain.replace('.', random.choice((' (dot) ', ' [dot] ', ' dot ', '.')))}"
    return Case("email", "en-US", random.choice(EMAIL_CARRIERS).format(written), written)


DATE_FORMS = (
    "{d:02}/{m:02}/{y}",
    "{d}.{m}.{y}",
    "{y}-{m:02}-{d:02}",
    "{d:02}-{m:02}-{y}",
    "{d:02}/{m:02}/{yy:02}",
    "{d} {M} {y}",
    "{d:02} {m:02} {y}",
)
BIRTH_CARRIERS = (
    ("en-US", "My date of birth is {}.", ("January", "March", "May", "Sept", "December")),
    ("en-GB", "DOB: {}", ("Jan", "March", "June", "August", "Oct")),
    ("en-US", "I was born on {} in Ohio", ("February", "April", "July", "November", "Dec")),
    ("es-ES", "Mi fecha de nacimiento es {}", ("de enero de", "de marzo de", "de mayo de", "de agosto de")),
    ("es-MX", "nací el {}", ("de febrero de", "de abril de", "de diciembre de")),
    ("de-DE", "Ich bin am {} geboren, geboren am {}", ("Januar", "März", "Mai", "Oktober", "Dezember")),
    ("de-DE", "Geburtsdatum: {}", ("Februar", "April", "Juni", "August")),
    ("fr-FR", "je suis née le {}", ("janvier", "février", "août", "décembre", "mai")),
    ("fr-FR", "Date de naissance : {}", ("mars", "avril", "juin", "juillet")),
    ("pt-BR", "minha data de nascimento é {}", ("de janeiro de", "de março de", "de outubro de")),
    ("it-IT", "data di nascita {}", ("gennaio", "marzo", "luglio", "dicembre")),
)


def date_of_birth(random: Random) -> Case:
    """Draw a date of birth in one of seven forms and six languages."""
    locale, carrier, months = random.choice(BIRTH_CARRIERS)
    year = random.randint(1930, 2008)
    written = random.choice(DATE_FORMS).format(
        d=random.randint(1, 28), m=random.randint(1, 12), y=year, yy=year % 100, M=random.choice(months)
    )
    return Case("date_of_birth", locale, carrier.format(written, written), written)


def ip_address(random: Random) -> Case:
    """Draw an IPv4 or IPv6 address."""
    if random.random() < 0.6:
        written = ".".join(str(random.randint(1, 254)) for _ in range(4))
    else:
        groups = [f"{random.randint(1, 0xFFFF):x}" for _ in range(8)]
        written = random.choice(
            (":".join(groups), "2001:db8::" + ":".join(groups[:3]), "fe80::" + ":".join(groups[:4]))
        )
    carrier = random.choice(("my IP is {}", "{}", "blocked address {}, why?", "Login from {} was not me.", "IP:{}"))
    return Case("ip_address", "en-US", carrier.format(written), written)


def mac_address(random: Random) -> Case:
    """Draw a MAC address in one of three spellings."""
    octets = [f"{random.randint(0, 255):02x}" for _ in range(5)] + ["a" + random.choice(DIGITS)]
    joined = "".join(octets)
    written = random.choice(
        (":".join(octets), "-".join(octets), f"{joined[:4]}.{joined[4:8]}.{joined[8:]}", ":".join(octets).upper())
    )
    return Case(
        "mac_address",
        "en-US",
        random.choice(("the router's MAC is {}", "{}", "MAC:{}, model X200")).format(written),
        written,
    )


def url_secret(random: Random) -> Case:
    """Draw a URL with a token in its query, path, fragment or user information."""
    token = "".join(random.choices(LETTERS.lower() + LETTERS + DIGITS, k=24)) + "a1B"
    form = random.choice((
        "https://example.com/reset?token={}", "https://shop.example/x?user=1&api_key={}&page=2", "https://bob:{}@host.example/path",
        "http://example.com/cb#access_token={}", "https://example.com/verify/{}", "https://example.com/a?sig={}.",
        "https://app.example/magic-link/{}", "postgres://admin:{}@db.example:5432/shop",
    ))  # fmt: skip
    return Case(
        "url_secret",
        "en-US",
        random.choice(("I clicked {}", "{}", "link ({}) is dead")).format(form.format(token)),
        token,
    )


PASSWORDS = (
    "hunter2",
    "Sommer2024!",
    "p@ssw0rd",
    "gatito99",
    "Tr0ub4dor&3",
    "qwerty123",
    "S3cr3t-Pa55",
    "abc12345",
    "Xk9#mQ2z",
    "letmein1",
)
PASSWORD_CARRIERS = (
    ("en-US", "my password is {}"), ("en-US", "pw: {}"), ("en-US", "The password for my account is {} but it fails"), ("en-US", "password={}"),
    ("en-GB", "Password: {}\nplease reset"), ("es-ES", "mi contraseña es {}"), ("es-ES", "contraseña {}"), ("de-DE", "Mein Passwort ist {}, bitte"),
    ("de-DE", "Passwort: {}"), ("fr-FR", "mon mot de passe est {}"), ("fr-FR", "mdp : {}"), ("pt-BR", "minha senha é {}"), ("pt-PT", "senha: {}"),
    ("en-US", "user bob pass {}"), ("en-US", "{} is my password"), ("en-US", 'the passphrase is "{}"'), ("en-US", "I changed my password to {} yesterday"),
)  # fmt: skip


def secret(random: Random) -> Case:
    """Draw a password after its cue, a PIN or verification value, or a vendor's key."""
    form = random.random()
    if form < 0.55:
        locale, carrier = random.choice(PASSWORD_CARRIERS)
        written = random.choice(PASSWORDS) + random.choice(("", digits(random, 2)))
        return Case("secret", locale, carrier.format(written), written)
    if form < 0.75:
        written = digits(random, random.choice((4, 4, 6)))
        carrier = random.choice(
            (
                "my PIN is {}",
                "pin {}",
                "PIN: {}.",
                "the PIN for the card is {}",
                "cvv {}1"[:6],
                "mi PIN es {}",
                "mein PIN lautet {}",
            )
        )
        return Case("secret", "en-US", carrier.format(written), written)
    alphabet = LETTERS + LETTERS.lower() + DIGITS
    body = "".join(random.choices(alphabet, k=40))
    written = random.choice((
        "AKIA" + "".join(random.choices(LETTERS + DIGITS, k=16)), "ghp_" + body[:36], "xoxb-" + body[:24], "sk_live_" + body[:24],
        "AIza" + body[:35], "eyJhbGciOiJIUzI1NiJ9." + body[:30] + "." + body[:20], "glpat-" + body[:20], "SG." + body[:22] + "." + body[:40],
    ))  # fmt: skip
    return Case(
        "secret",
        "en-US",
        random.choice(("key {}", "{}", "my token is {} ok", "Authorization: Bearer {}")).format(written),
        written,
    )


CODE_CARRIERS = (
    ("en-US", "the code is {}"), ("en-US", "OTP {}"), ("en-US", "My verification code is {}."), ("en-US", "code: {}"), ("en-US", "your one-time code: {}"),
    ("en-US", "I got the code you sent, the code was {}"), ("en-US", "2FA code {}"), ("es-ES", "el código es {}"), ("es-ES", "código de verificación: {}"),
    ("de-DE", "Der Code lautet {}"), ("de-DE", "Bestätigungscode {}"), ("fr-FR", "le code est {}"), ("fr-FR", "code de vérification : {}"),
    ("pt-BR", "o código é {}"), ("en-US", "login code {} does not work"), ("en-US", "It says code {} is my verification code {}"),
)  # fmt: skip


def one_time_code(random: Random) -> Case:
    """Draw a one-time code after its cue."""
    written = digits(random, random.choice((4, 5, 6, 6, 6, 8)))
    if len(written) == 6 and random.random() < 0.2:
        written = f"{written[:3]}{random.choice(' -')}{written[3:]}"
    locale, carrier = random.choice(CODE_CARRIERS)
    return Case("one_time_code", locale, carrier.format(written, written), written)


ACCOUNT_CARRIERS = (
    ("en-US", "my account number is {}", "#########"), ("en-US", "Account #: {}", "############"), ("en-US", "checking account {}", "##########"),
    ("en-GB", "sort code {}", "##-##-##"), ("en-GB", "{}", "##-##-## ########"), ("en-GB", "acct no {}", "########"), ("en-AU", "BSB {}", "###-###"),
    ("de-DE", "Kontonummer {}", "##########"), ("de-DE", "BLZ: {}", "### ### ##"), ("fr-FR", "numéro de compte : {}", "###########"),
    ("es-ES", "mi número de cuenta es {}", "##########"), ("pt-BR", "conta corrente {}", "######-#"), ("es-MX", "CLABE {}", "##################"),
    ("en-US", "routing number {}", ""), ("en-US", "the ABA routing number is {}", ""), ("en-GB", "bank account {}", "########"),
)  # fmt: skip


def account_number(random: Random) -> Case:
    """Draw an account, sort-code or routing number after its cue."""
    locale, carrier, form = random.choice(ACCOUNT_CARRIERS)
    written = pattern(random, form) or _valid("us.rtn", lambda: digits(random, 9))
    return Case("account_number", locale, carrier.format(written), written)


GENERATORS: dict[str, Callable[[Random], Case]] = {
    generator.__name__: generator
    for generator in (
        card, iban, phone, national_id, email, date_of_birth, ip_address, mac_address, url_secret, secret, one_time_code, account_number,
    )
}  # fmt: skip
"""One generator for each structured kind."""


def cases(kind: str, count: int, seed: int = SEED) -> list[Case]:
    """Generate ``count`` cases of a kind; the same seed gives the same cases."""
    random = Random(f"{seed} {kind}")
    return [GENERATORS[kind](random) for _ in range(count)]


NAMES = (
    "Ana Lopez",
    "Bob Smith",
    "María García",
    "Jürgen Müller",
    "João da Silva",
    "Élodie Martin",
    "Sean O'Brien",
    "Anne-Marie Dubois",
    "Wei Chen",
    "Priya Patel",
)
NAME_CARRIERS = (
    ("en-US", "Hi, my name is {} and I need help"), ("en-US", "This is {} speaking"), ("en-GB", "Kind regards, {}"), ("es-ES", "Hola, me llamo {}."),
    ("de-DE", "Mein Name ist {}."), ("fr-FR", "Je m'appelle {}, bonjour"), ("pt-BR", "Meu nome é {}"), ("de-DE", "Mit freundlichen Grüßen\n{}"), ("en-US", "name: {}"),
)  # fmt: skip
ADDRESSES = (
    ("en-US", "I live at {}.", ("1200 Sunset Blvd", "77 Massachusetts Avenue", "5 Elm Street Apt 4", "PO Box 881", "350 W Lake St")),
    ("en-GB", "Please send it to {}", ("10 Downing Street, London SW1A 2AA", "42 High Street", "7 Rose Lane, York YO1 7AB")),
    ("de-DE", "Ich wohne in der {}", ("Hauptstraße 5", "Lindenweg 12a", "Berliner Allee 101, 40212 Düsseldorf")),
    ("es-ES", "Vivo en {}", ("Calle Mayor 12", "Avenida de América 45, 28028 Madrid", "Plaza de España 3")),
    ("fr-FR", "J'habite {}", ("12 rue de la Paix, 75002 Paris", "3 bis avenue Foch, 69006 Lyon", "8 place Bellecour, 69002 Lyon")),
    ("pt-BR", "Moro na {}", ("Rua das Flores, 123", "Avenida Paulista, 1578", "Travessa do Carmo, 9")),
)  # fmt: skip


def name(random: Random) -> Case:
    """Draw a person's name where people say it."""
    locale, carrier = random.choice(NAME_CARRIERS)
    written = random.choice(NAMES)
    return Case("name", locale, carrier.format(written), written)


def address(random: Random) -> Case:
    """Draw a street address of six countries."""
    locale, carrier, addresses = random.choice(ADDRESSES)
    written = random.choice(addresses)
    return Case("address", locale, carrier.format(written), written)


BEST_EFFORT: dict[str, Callable[[Random], Case]] = {"name": name, "address": address}
"""Kinds that are measured apart and held to no gate."""


def best_effort_cases(kind: str, count: int, seed: int = SEED) -> list[Case]:
    """Generate cases of a best-effort kind."""
    random = Random(f"{seed} {kind}")
    return [BEST_EFFORT[kind](random) for _ in range(count)]
