"""Numbers with check digits, generated from the schemes' own rules: all of a country's or issuer's forms, and nothing beside."""

import string
from collections.abc import Iterator
from typing import Final

import pytest
from stdnum import luhn, numdb

from relief.contracts.turn import TurnRequest
from relief.privacy.kinds import Kind
from relief.privacy.redact import redact
from relief.privacy.turn import redact_turn

_LETTERS: Final = string.ascii_uppercase


def registered_ibans() -> Iterator[tuple[str, str]]:
    """Yield each country of the registry that python-stdnum carries, with an IBAN of its structure."""
    registry = numdb.get("iban")
    for country in (first + second for first in _LETTERS for second in _LETTERS):
        structure = registry.info(country)[0][1].get("bban")
        if structure is None:
            continue
        account = "".join(
            ("ABCD" if kind == "a" else "7531")[place % 4]
            for length, kind in _parts(structure)
            for place in range(length)
        )
        rearranged = "".join(str(int(one, 36)) for one in f"{account}{country}00")
        yield country, f"{country}{98 - int(rearranged) % 97:02}{account}"


def _parts(structure: str) -> Iterator[tuple[int, str]]:
    length = ""
    for one in structure:
        if one.isdigit():
            length += one
        elif one != "!":
            yield int(length), one
            length = ""


IBANS: Final = dict(registered_ibans())


def grouped(number: str, size: int = 4) -> str:
    return " ".join(number[place : place + size] for place in range(0, len(number), size))


@pytest.mark.parametrize("country", IBANS)
def test_an_iban_of_every_registered_country_is_found_however_it_is_written(country: str) -> None:
    """Given an IBAN, then it is found whole: in one, in fours, and with the country apart; with a wrong digit it is none."""
    iban = IBANS[country]
    for written in (iban, grouped(iban), f"{country} {grouped(iban[2:])}", grouped(iban.lower())):
        text = f"please pay to {written} today"
        found = [one for one in redact(text, "en-US").found if one.kind is Kind.iban]
        assert [text[one.start : one.end] for one in found] == [written]
    wrong = iban[:-1] + str((int(iban[-1]) + 1) % 10) if iban[-1].isdigit() else iban[:-1] + "Z"
    assert Kind.iban not in {one.kind for one in redact(f"part {grouped(wrong)} today", "en-US").found}


def test_the_registry_is_there_to_compare_with() -> None:
    """Given the registry, then it is the whole one."""
    assert len(IBANS) > 70


CARDS: Final = {
    "4": (13, 16, 18, 19),
    "51": (16,),
    "2221": (16,),
    "2720": (16,),
    "9792": (16,),
    "34": (15,),
    "37": (15,),
    "1800": (15,),
    "2131": (15,),
    "300": (14, 15, 16, 17, 18, 19),
    "305": (14, 19),
    "3095": (14, 19),
    "36": (14, 16),
    "35": (16, 17, 18, 19),
    "6011": (16, 19),
    "644": (16, 17, 18, 19),
    "62": (16, 17, 18, 19),
    "2200": (16, 17, 18, 19),
    "5018": (12, 13, 14, 15, 16, 17, 18, 19),
    "6759": (12, 13, 14, 15, 16, 17, 18, 19),
    "6304": (12, 19),
    "506": (13, 14, 15, 16, 17, 18, 19),
    "81": (13, 16, 19),
}
"""Prefixes with lengths that cards of them have: the issuers' published ranges."""


def card_of(prefix: str, length: int) -> str:
    """Return a number of this length that passes Luhn's check."""
    stem = (prefix + "7302951846027395184")[: length - 1]
    return stem + luhn.calc_check_digit(stem)


@pytest.mark.parametrize(("prefix", "length"), [(prefix, one) for prefix, known in CARDS.items() for one in known])
def test_a_card_of_every_issuer_and_length_is_found(prefix: str, length: int) -> None:
    """Given a card number, then it is found whole, in one and in groups; with a wrong check digit nothing is a card."""
    card = card_of(prefix, length)
    for written in (card, grouped(card), grouped(card, 6)):
        text = f"charge it to {written} please"
        found = [one for one in redact(text, "en-US").found if one.kind is Kind.card]
        assert [text[one.start : one.end] for one in found] == [written]
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    assert Kind.card not in {one.kind for one in redact(f"see {wrong} there", "en-US").found}


@pytest.mark.parametrize(
    ("prefix", "length"), [("4", 14), ("4", 15), ("4", 17), ("51", 15), ("51", 17), ("34", 16), ("35", 15), ("62", 15)]
)
def test_a_number_of_a_length_that_no_card_has_is_none(prefix: str, length: int) -> None:
    """Given a number that passes the check and begins like a card, but is of another length, then it is no card."""
    assert Kind.card not in {one.kind for one in redact(f"see {card_of(prefix, length)} there", "en-US").found}


@pytest.mark.parametrize(("prefix", "length"), [("4", 13), ("5018", 12), ("506", 13), ("506", 16), ("81", 19)])
def test_what_parcels_and_barcodes_share_stays_where_a_parcel_is_spoken_of(prefix: str, length: int) -> None:
    """Given a doubtful number, then a parcel's stays what it is; a number that only cards have is one even there."""
    assert Kind.card not in {one.kind for one in redact(f"tracking number {card_of(prefix, length)}", "en-US").found}
    sure = f"tracking number {card_of('4', 16)}"
    assert Kind.card in {one.kind for one in redact(sure, "en-US").found}


@pytest.mark.parametrize("text", ["x4111111111111111", "ab4111111111111111", "ref a14111111111111111"])
def test_a_part_of_a_code_is_no_card(text: str) -> None:
    """Given digits that follow a letter or two, at the very beginning too, then they are part of a code."""
    assert Kind.card not in {one.kind for one in redact(text, "en-US").found}


def test_national_accounts_count_by_their_own_check() -> None:
    """Given account numbers of Spain and Mexico, then their check digits decide; Mexico's where Mexico is spoken of."""
    for text, locale, kind in (
        ("es el 1234-1234-16 1234567890 gracias", "es-ES", True),
        ("es el 1234-1234-17 1234567890 gracias", "es-ES", False),
        ("es la 032180000118359719 gracias", "es-MX", True),
        ("es la 002010077777777771 gracias", "es-MX", True),
        ("es la 646180157000000004 gracias", "es-MX", True),
        ("es la 032180000118359718 gracias", "es-MX", False),
    ):
        found = {one.kind for one in redact(text, locale).found}
        assert (Kind.account_number in found) is kind, text


def test_what_grows_by_being_redacted_still_fits() -> None:
    """Given texts as long as they may be, in which placeholders are longer than what they stand for, then they are cut."""
    short = "a@b.co "
    turn = TurnRequest.model_validate(
        {
            "turn_id": "t",
            "channel": "sms",
            "evidence": [{"kind": "upload", "ref": (short * 40)[:256]}],
            "telemetry": [{"kind": "control_clicked", "target": (short * 40)[:64]}],
            "customer": {"region": (short * 40)[:32], "products": [(short * 40)[:64]]},
        }
    )
    redacted = redact_turn(turn).turn
    assert "@" not in redacted.model_dump_json()
    assert 240 < len(redacted.evidence[0].ref) <= 256
    assert redacted.customer is not None
    assert 24 < len(redacted.customer.region or "") <= 32
    TurnRequest.model_validate(redacted.model_dump(mode="json", exclude_unset=True))
