"""Texts that a redactor could spend too long on, and how long it does spend."""

import gc
import time

from relief.privacy.redact import redact

LONGEST = 32 * 1024
SHORT = 4 * 1024

SIXTY_WORDS = {
    "nothing_personal": (
        "Hi there, I ordered a replacement kettle weeks ago and it still has not arrived, which is rather annoying as I "
        "keep writing to you about it without any answer. The tracking page says delivered but nobody rang the bell and my "
        "neighbours have nothing either. Could somebody please look into it and tell me what happens now, because I need it "
        "soon, thanks."
    ),
    "name_order_phone": (
        "Hi there, I ordered a replacement kettle two weeks ago and it still has not arrived, this is the third time I am "
        "writing to you about it. The order number is 48291-2231 and the tracking page says delivered on 12 March at 10:30. "
        "My name is Ana Lopez and you can call me on 212-555-0123 if you need anything else, thanks a lot."
    ),
}
"""Messages of about sixty words."""

HOSTILE_UNITS = {
    "plain": SIXTY_WORDS["nothing_personal"] + " ", "message": SIXTY_WORDS["name_order_phone"] + " ", "digits": "4", "letters": "a",
    "single_digits": "1 ", "dashed_digits": "1-", "groups": "4111 ", "cards": "4111 1111 1111 1111 ", "no_cards": "4111 1111 1111 1112 ",
    "bare": "4155550123 ", "phones": "07911 123456 ", "us_phones": "212-555-0123 ", "plus": "+1 ", "ids": "12345678Z ", "ssns": "ssn 123456789 ",
    "ssn_words": "ssn ", "ibans": "DE89 3704 0044 0532 0130 00 ", "iban_starts": "de12 ", "passwords": "password is ", "password": "password ",
    "codes": "code is ", "pins": "pin 1 ", "accounts": "account number is ", "births": "born on 1 ", "ips": "1.2.3.4 ", "dots": "1.", "colons": "a:",
    "macs": "00:1a:", "emails": "a@b.", "ats": "@", "spelt": "a at b dot ", "urls": "https://x.y/?token=abc&", "parameters": "?a=1&", "jwt": "eyJ",
    "jwt_dots": "eyJaaaaaaa.", "keys": "sk-", "begins": "-----BEGIN PRIVATE KEY-----", "names": "my name is Ana ", "capitals": "Ana ", "titles": "Mr ",
    "sign_offs": "Regards, ", "streets": "12 Baker Street ", "street_words": "1 a b c street ", "rues": "rue de ", "calles": "calle ", "zips": "zip code ",
    "brackets": "[", "parentheses": "(", "dashes": "-", "spaces": " ", "lines": "\n", "accents": "é", "zero_width": "1\u200b", "mixed": "a1",
    "dates": "12/03/2024 ", "sort_codes": "12-34-56 ", "placeholders": "[CARD]",
}  # fmt: skip
"""What is repeated up to the length of a text; each is aimed at one pattern."""


def seconds_for(unit: str, length: int) -> float:
    """Return the shortest of three times that a text of the unit repeated takes: of the processor, not of the clock.

    Garbage collection waits: its cost depends on everything else that the process holds.
    """
    text = (unit * (length // len(unit) + 1))[:length]
    best = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            before = time.process_time()
            redact(text, "en-GB")
            best = min(best, time.process_time() - before)
    finally:
        gc.enable()
    return best
