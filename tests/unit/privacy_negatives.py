"""Generated look-alikes: numbers and words of everyday support messages that are no personal data and must stay."""

from random import Random

from tests.unit.privacy_cases import SEED, digits, letters, pattern

MONTHS = ("Jan", "February", "March", "April", "May", "June", "Aug", "Sept", "October", "Nov", "December")
FORMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("en-US", "My order number is {} and it has not arrived.", ("###-#######-#######", "########", "##########", "############", "@@#######", "#####-####", "ORD-######-##")),
    ("en-GB", "Order {} still missing", ("#########", "##########", "###########", "A########", "100-####-####")),
    ("en-US", "order #{} is wrong", ("#####", "#######", "##########", "#############")),
    ("es-ES", "mi pedido {} no ha llegado", ("########", "#########", "##########", "ES#######")),
    ("de-DE", "Bestellnummer {} fehlt", ("########", "##########", "###########", "DE-#####-##")),
    ("de-DE", "Rechnung {} ist falsch", ("RE-####-#####", "##########", "2026-#####")),
    ("fr-FR", "ma commande {} est en retard", ("#########", "##########", "FR########")),
    ("pt-BR", "meu pedido {} atrasou", ("########", "###########", "BR######")),
    ("en-US", "tracking number {}", ("1Z@@@@@@##########", "1Z######03########", "############", "###############", "9400##################", "@@#########US", "JD##################", "TBA############")),
    ("de-DE", "Sendungsnummer {} seit Tagen unverändert", ("00340434##########", "############", "H10##################")),
    ("en-US", "SKU {} is out of stock", ("@@@-####-@@", "########", "@#######", "####-###-##", "@@######@", "##-###-####")),
    ("en-US", "the model is {}", ("WH-1000XM#", "RTX #0#0", "@@####@", "@-#####", "SM-@###@")),
    ("en-US", "ticket {} was closed without an answer", ("INC#######", "########", "#######", "@@@-####")),
    ("en-US", "reference {}", ("@@@###@", "##########", "REF########", "####/####/##")),
    ("en-GB", "booking ref {} for two people", ("@@@@@@", "@@##@@", "######", "########")),
    ("en-US", "it crashed at 2026-1#-2# 1#:2#:3# with error {}", ("0x8007####", "E####", "500", "ERR_####", "-#####", "40#")),
    ("en-US", "log line 2026-11-2#T1#:##:##Z level={}", ("ERROR", "5", "WARN")),
    ("en-US", "error code is {}", ("####", "#####", "0x########", "80070###", "E-####")),
    ("de-DE", "Fehlercode {} beim Speichern", ("####", "######", "F##")),
    ("en-US", "timestamp {} in the log", ("17########", "17###########", "2026112#1#3#5#")),
    ("en-US", "I run version {} on my phone", ("%.#.#", "1#.#.#.#", "17.#.#", "1##.0.####.###", "2026.1#.#", "v#.##.#-rc#")),
    ("en-US", "firmware {} broke it", ("10.#.#.##", "%.##.###", "v1.2.#.#")),
    ("en-US", "I was charged ${} twice", ("##.##", "1,###.##", "##,###.00", "%###.##", "%,###,###.##")),
    ("es-ES", "me cobraron {} euros", ("##,##", "1.###,##", "%##,00")),
    ("de-DE", "abgebucht wurden {} EUR", ("##,##", "%.###,##", "1#.###,00")),
    ("en-IN", "Rs. {} debited", ("1,##,###", "####.00", "%###")),
    ("en-US", "my flight {} was cancelled", ("BA%###", "LH %##", "UA ####", "AA1##")),
    ("en-US", "it was due on {}", ("0%/1#/2026", "2026-1#-0%", "1#/2#/2025", "12.1#.2026", "2# March 2026", "April 1#, 2026")),
    ("en-US", "I ordered it on {} and waited since", ("0%/1#/2026", "2026-1#-0%", "1#/2#/25")),
    ("de-DE", "am {} bestellt", ("1#.0%.2026", "2#.11.26")),
    ("en-US", "this is the {} time I write, after {} hours and {} calls", ("3rd", "5th", "2nd", "#th")),
    ("en-US", "I need {} units in {} boxes", ("1##", "##", "%,###", "1####")),
    ("en-US", "the ISBN is {}", ("978-3-16-148410-#", "978#########%", "0-306-40615-#", "###-#-##-######-#", "%#########")),
    ("en-US", "located at {}", ("51.5074, -0.1278", "4#.#####, -7#.#####", "-3#.####,15#.####", "4#.######° N, 7#.######° W")),
    ("en-US", "barcode {}", ("4006381######", "0123456#####", "5#############"[:13])),
    ("en-US", "invoice INV-{} total {} items", ("2026-####", "######", "##-####")),
    ("en-US", "promo code {} does not work", ("SAVE##", "#####", "XMAS2026", "####")),
    ("en-US", "opening hours {} to {}", ("9:00", "17:30", "8 am", "10:30")),
    ("en-US", "size {} in black", ("42", "10.5", "1920x1080", "55 inch", "32GB")),
    ("en-US", "between {} and {} it rang", ("10:30:45", "2026-11-23 10:00", "8.15 am")),
    ("en-US", "serial number {}", ("@@########", "C02@@###@@##", "##########", "SN########")),
    ("en-US", "part {} fits", ("##-####-##", "@@###-##", "######")),
    ("en-US", "article {} costs more", ("###.###.##", "######", "A-####")),
    ("en-US", "the value is {} percent", ("99.9##", "12", "0.0##")),
    ("en-US", "room {} on floor {}", ("###", "12", "4")),
    ("en-US", "commit {} fixed it", ("4f2a9c#", "deadbee#", "a1b2c3d4e5f60718293a4b5c6d7e8f901234567#")),
    ("en-US", "UUID {}", ("550e8400-e29b-41d4-a716-4466554400##", "123e4567-e89b-12d3-a456-4266141740##")),
    ("en-US", "case {} since Monday", ("####-####", "0#######", "C-########", "5000#########")),
    ("en-US", "we have {} x {} in stock", ("12", "24", "1000", "2,500")),
    ("en-US", "meter reading {} kWh", ("#####", "######", "#####.#")),
    ("en-US", "claim {} was rejected", ("CLM########", "#########", "##-#######")),
    ("en-GB", "my password does not work {}", ("any more", "since 2#.11.2026", "after the update")),
    ("en-GB", "I forgot my {}", ("password", "PIN", "account number", "verification code", "card number")),
    ("en-GB", "the PIN is {}", ("wrong", "not accepted", "blocked")),
    ("en-US", "I'm {} about this", ("Very upset", "so angry", "Really Unhappy", "confused")),
    ("en-US", "This is {}", ("Unacceptable", "Ridiculous!", "the worst", "My Third Attempt")),
    ("en-US", "my name is {}", ("misspelled on the card", "not on the list", "wrong in the account")),
)  # fmt: skip


def hard_negatives(count: int, seed: int = SEED) -> list[tuple[str, str]]:
    """Generate ``count`` messages, each with its locale, in which nothing may be redacted."""
    random = Random(f"{seed} negatives")
    messages = []
    for index in range(count):
        locale, carrier, fillings = FORMS[index % len(FORMS)]
        filled = [_fill(random, random.choice(fillings)) for _ in range(carrier.count("{}"))]
        messages.append(
            (
                locale,
                _fill(random, carrier).format(*filled)
                if "#" in carrier and "#{}" not in carrier
                else carrier.format(*filled),
            )
        )
    return messages


def _fill(random: Random, form: str) -> str:
    return form if "{}" in form and "#" not in form else pattern(random, form)


__all__ = ["digits", "hard_negatives", "letters"]
