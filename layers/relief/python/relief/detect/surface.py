"""What the look of a text says: capitals, piled-up punctuation, masked swear words."""

import re

_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_0-9]{1,30}\]")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SHORTEST_LOUD_WORD = 2
_LOUD_SHARE = 0.5
_LOUD_WORDS = 3
_LOUD_RUN = 2
_ACRONYMS = frozenset(
    "AA AC AI AM AT BA CV DM DVLA EU EV FB HR ID IG IP IT ITN MB GB TB OK OS PC PIN PM PO PR PS RT TV UA UK UN US VR WC "
    "ABN ACH AM API APP APR ATM AWS BACS BST CCTV CEO CFO CHAPS CNN COD CPU CRM CSS CSV CVC CVV CVV2 DHL DNS DOB DVD "
    "EBT EFT EMI ESIM EST ETA EUR EXT FAQ FBI FIFA FYI GBP GDPR GIF GMT GPS GPU GST HBO HDMI HMRC HSBC HTML HTTP HTTPS "
    "IBAN ICICI IDFC IFSC IMEI INR IOS IPAD IRS ISA ISO ISP ITIN JFK JPEG JPG JSON KLM KYC LAN LAX LCD LED LTE MAC MFA "
    "MMS MOT MRI NBA NFC NFL NHS NSW OTP PAN PAYG PAYE PCI PDF PHP PIN PNG PNR POS PST PUK QR RAM REST RMA RSVP SAML SBI "
    "SDK SEPA SIM SKU SLA SMS SMTP SQL SSD SSH SSL SSN SSO SUV TBC TCP TFN TLS TPM TSA UAE UBS UDP UHD UPC UPI UPS URL "
    "USA USB USD USPS UTC UTR VAT VDI VIN VIP VPN WAV WIFI WLAN XML ZIP OKAY NYC BBC ITV SUV LED UTI ADHD PTSD ADA CDC".split()
)
"""Written in capitals by everyone. Own list of terms common in support texts."""

_PILED_UP = re.compile(r"[!?\uff01\uff1f](?:[ ]?[!?1\uff01\uff1f]){1,60}")
_MASKED = re.compile(r"(?<![\w@#$*%!])[A-Za-z@$](?=[A-Za-z@#$*%!\-_.]{0,15}[@#$*%!])[A-Za-z@#$*%!]{1,16}")
_GRAWLIX = re.compile(r"(?<![\w])(?=[@#$%&!*^?]{0,12}[@#%&^$])[@#$%&!*^?]{4,20}(?![\w])")
_SWEAR_WORDS = (
    "fuck fucks fucked fucker fuckers fucking fuckin motherfucker motherfucking shit shits shitty shite bullshit ass "
    "asses asshole assholes arse arsehole bitch bitches bastard bastards damn dick dicks dickhead cunt cunts crap wank "
    "wanker wankers piss pissed bollocks hell twat twats prick slut whore"
).split()
_MASK = re.compile(r"[@#$*%!]+")


def punctuation(text: str) -> list[tuple[float, tuple[int, int]]]:
    """Return each pile of marks with its force: "!!" .5, "!!!" or "?!" 1, longer up to 1.5."""
    piles = []
    for match in _PILED_UP.finditer(text):
        marks = match.group().replace(" ", "")
        mixed = len(set(marks) & {"!", "?"}) > 1
        strength = min(1.5, 0.5 * (len(marks) - 1) + 0.5 * mixed)
        piles.append((strength, match.span()))
    return piles


def shouting(text: str) -> tuple[float, tuple[int, int]] | None:
    """Return the force of capitals and where they stand, or None.

    Acronyms, order ids and what redaction left behind do not count. A shouted message counts fully, a shouted
    phrase ("I want MY MONEY BACK") half.
    """
    bare = _PLACEHOLDER.sub(lambda match: " " * len(match.group()), text)
    if bare.islower() or not bare.strip():
        return None
    considered = 0
    loud: list[tuple[int, int]] = []
    run = longest_run = 0
    for match in _WORD.finditer(bare):
        word = match.group()
        if len(word) < _SHORTEST_LOUD_WORD or not word.replace("'", "").replace("\u2019", "").isalpha():
            continue
        considered += 1
        if word.isupper() and word not in _ACRONYMS:
            loud.append(match.span())
            run += 1
            longest_run = max(longest_run, run)
        else:
            run = 0
    if not loud:
        return None
    span = (loud[0][0], loud[-1][1])
    share = len(loud) / considered
    if len(loud) >= _LOUD_WORDS and share >= _LOUD_SHARE:
        return 1.0, span
    if longest_run >= _LOUD_RUN and considered > len(loud):
        return 0.6, span
    return None


def swearing(text: str) -> list[tuple[int, int]]:
    """Return where swear words stand that are masked ("f**k", "sh!t") or drawn as signs ("#@$%!")."""
    if not _MASK.search(text):
        return []
    spans = [match.span() for match in _GRAWLIX.finditer(text) if len(set(match.group()) - set("!?*")) > 1]
    for match in _MASKED.finditer(text):
        if _masks_swear_word(match.group().rstrip("!")):
            spans.append((match.start(), match.start() + len(match.group().rstrip("!"))))
    return spans


def _masks_swear_word(written: str) -> bool:
    pieces = _MASK.split(written.lower())
    if len(pieces) == 1:
        return False
    pattern = "[a-z]{1,5}".join(re.escape(piece) for piece in pieces)
    return bool(re.search(r"[a-z]", written.lower())) and any(re.fullmatch(pattern, word) for word in _SWEAR_WORDS)
