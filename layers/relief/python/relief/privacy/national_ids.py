"""National identification numbers: by their written form and check digits, or by what announces them.

A form that only such numbers have is enough together with its check (python-stdnum). A bare run of digits, which
could be an order number as well, needs its name before it; with its name it is taken even when a digit is mistyped.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

from relief.privacy.context import Announced, announced_as
from relief.privacy.cues import Cues
from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern

_NUMERIC_SHAPES = {
    "us_ssn": ((3,), r"\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}|\d{3}\.\d{2}\.\d{4}"),
    "es_dni": ((2, 8), r"\d{8}[ -]?[a-hj-np-tv-z]|\d{2}\.\d{3}\.\d{3}[ -]?[a-hj-np-tv-z]"),
    "in__aadhaar": ((4,), r"(?<!\d{4}[ -])[2-9]\d{3}(?: \d{4} |-\d{4}-)\d{4}(?![ -]\d)"),
    "fr_nir": (
        (1, 3, 5, 6, 7, 10, 13, 15),
        r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ab]) ?\d{3} ?\d{3}[ -]?\d{2}",
    ),
    "de_idnr": ((2,), r"\d{2} \d{3} \d{3} \d{3}"),
    "br_cpf": ((3,), r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
    "br_cnpj": ((2,), r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}"),
    "be_nn": ((2,), r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"),
    "ch_ssn": ((3,), r"756\.\d{4}\.\d{4}\.\d{2}"),
    "se_personnummer": ((6, 8), r"(?:\d{2})?\d{2}(?:0\d|1[0-2])[0-3]\d[-+]\d{4}"),
    "fi_hetu": ((6,), r"[0-3]\d[01]\d\d\d[-+a]\d{3}[0-9a-y]"),
    "cl_rut": ((1, 2), r"\d{1,2}\.\d{3}\.\d{3}-[\dk]"),
    "kr_rrn": ((6,), r"\d{6}-[1-8]\d{6}"),
    "ar_cuit": ((2,), r"(?:20|2[3-7]|30|33|34)-\d{8}-\d"),
    "cn_ric": ((17, 18), r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d{4}[\dx]"),
}
"""By scheme how many digits its first group can have, and the form."""

_LETTERED_SHAPES = {
    "gb_nino": r"(?!bg|gb|kn|nk|nt|tn|zz)[abceghj-prstw-z][abceghj-npr-tw-z] ?(?:\d{6}|\d{2} \d{2} \d{2}) ?[a-d]"
    r"|qq ?\d{2} ?\d{2} ?\d{2} ?[a-d]",
    "es_nie": r"[xyz][ -]?\d{7}[ -]?[a-hj-np-tv-z]",
    "it_codicefiscale": r"[a-z]{3} ?[a-z]{3} ?[\dlmnp-v]{2} ?[a-ehlmprst] ?[\dlmnp-v]{2} ?[a-z] ?[\dlmnp-v]{3} ?[a-z]",
    "in__pan": r"[a-z]{3}[abcfghjlpt][a-z]\d{4}[a-z]",
    "mx_curp": r"[a-z]{4}\d{6}[hmx][a-z]{5}[a-z\d]\d",
}
_REGIONAL_SHAPES = {
    "GB": ("gb_nhs", r"\d{3}[ -]\d{3}[ -]\d{4}"),
    "CA": ("ca_sin", r"\d{3}[ -]\d{3}[ -]\d{3}"),
    "AU": ("au_tfn", r"\d{3} \d{3} \d{3}"),
}
"""Forms that telephone numbers of other countries have too: they count where the customer's region uses them."""

_UNCHECKED = frozenset({"gb_nino", "mx_curp", "in__pan"})
"""Forms that have no check digit, or are distinctive enough without."""

_DISTINCTIVE = frozenset({"it_codicefiscale", "mx_curp", "br_cpf", "br_cnpj", "be_nn", "ch_ssn", "kr_rrn", "cl_rut"})
"""Forms that nothing else has: what is said before them does not matter."""


def _any_of(shapes: dict[str, str]) -> str:
    return "(?:" + "|".join(f"(?P<{name}>{shape})" for name, shape in shapes.items()) + ")"


def _numeric_shapes() -> str:
    """Return the forms ordered by the length of their first group: most places are ruled out by that alone."""
    groups: dict[int, dict[str, str]] = {}
    for scheme, (lengths, shape) in _NUMERIC_SHAPES.items():
        for length in lengths:
            groups.setdefault(length, {})[f"{scheme}{_AT}{length}"] = shape
    guarded = {length: rf"(?=\d{{{length}}}(?!\d)){_any_of(shapes)}" for length, shapes in sorted(groups.items())}
    short, long = (
        "|".join(shape for length, shape in guarded.items() if (length >= _LONG_GROUP) is wanted)
        for wanted in (False, True)
    )
    return rf"(?:(?=\d{{{_LONG_GROUP}}})(?:{long})|(?!\d{{{_LONG_GROUP}}})(?:{short}))"


_AT = "_at"
_LONG_GROUP = 5
_AFTER = r"(?![a-z0-9])(?![-./]\d)"
_NUMERIC = LazyPattern(r"(?=\d)(?<![a-z0-9])(?<!\d[-./])" + _numeric_shapes() + _AFTER)
_LETTERED = LazyPattern(r"(?<![a-z0-9])" + _any_of(_LETTERED_SHAPES) + _AFTER)
_LETTERS_BEFORE = re.compile(r"(?<![a-z0-9])(?:[a-z]{3} )?[a-z]{1,6}[ -]?\Z")
_SHORTEST_SHAPE = 8
_SHORTEST_NINO = 6
_FORMLESS = range(9, 13)
_LOOKAHEAD = 4
_REGIONAL = {
    region: re.compile(r"(?=\d)(?<![\w.-])" + _any_of({name: shape}) + r"(?![\w-])")
    for region, (name, shape) in _REGIONAL_SHAPES.items()
}

_ANNOUNCERS = Cues(
    "ssn|s.s.n|s.s.n.|social|social security|itin|tax_payer id|nin|nino|national insurance|ni|n.i.|nhs|utr|steuer_id",
    "steuer_idnr|steueridentifikationsnummer|steuernummer|idnr|tax id|tin|ausweis|ausweisnummer|ausweisnr",
    "personalausweis|personalausweisnummer|perso|persoummer|reisepass|reisepassnummer|sozialversicherungsnummer",
    "rentenversicherungsnummer|fuhrerschein|fuhrerscheinnummer|nir|securite sociale|numero de secu|secu|cni",
    "carte d'identite|carte vitale|passeport|permis|permis de conduire|dni|nie|nif|documento|documento de identidad",
    "documento nacional|cedula|pasaporte|carne de conducir|permiso de conducir|seguridad social|curp|rfc|rut|cuit",
    "cuil|aadhaar|aadhar|adhaar|uidai|pan|pan card|voter id|cpf|cnpj|rg|cnh|passaporte|cartao de cidadao|contribuinte",
    "nis|pis|codice fiscale|carta d'identita|passaporto|patente|bsn|burgerservicenummer|sofinummer|paspoort|rijbewijs",
    "sin|social insurance|tfn|tax file|medicare|pesel|personnummer|hetu|cpr|fodselsnummer|rijksregisternummer|ahv|pps",
    "ppsn|passport|driver's_license|drivers_license|driver_license|driver's_licence|drivers_licence|driver_licence",
    "driving_licence|driving_license|licence|license|national id|national_identity|id card|identity card",
    "identity number|tckn|kimlik|nric|id number",
)
_ANNOUNCED = LazyPattern(
    _ANNOUNCERS.pattern + r"(?: card)?(?: ?(?:number|numbers|no|nr|num|nummer|numero|n|#))?\.?(?: ?\([a-z ]{1,20}\))?"
    r"(?:[\s:=#,.-]|(?:is|was|es|ist|est|e|lautet|my|the|number|no|numero|it's|and|as|de|do|del|card|id|"
    r"on file|for you|with|mit|con)(?![a-z0-9])){0,9}"
    r"(?P<number>(?<![a-z0-9])(?:(?!ending)[a-z]{1,6} ?){0,2}?\d[a-z0-9]*+"
    r"(?:[ ./-]{1,2}(?:[a-z]{0,2}\d[a-z0-9]*+|[a-z](?![a-z0-9]| [a-z]))){0,7})(?![\w%])"
)
_FEWEST_DIGITS = 5
_ALPHANUMERIC = re.compile(r"(?=[a-z]*\d[a-z]*\d)[a-z0-9]{8,12}")
"""Serial numbers of identity cards and passports may hold few digits (ICAO 9303)."""


def find_shaped_ids(draft: Draft) -> Iterator[Span]:
    """Find national ids in a written form of their own, with the check digits that the form has."""
    if draft.long_numbers:
        for match in _NUMERIC.compiled.finditer(draft.lower):
            if not draft.may_examine() or _is_national(draft, match):
                yield (*match.span(), Kind.national_id)
        yield from _regional_ids(draft)
    yield from _lettered_ids(draft)


def _regional_ids(draft: Draft) -> Iterator[Span]:
    """Find the forms that count where the customer is."""
    regional = _REGIONAL.get(draft.region)
    if regional is None:
        return
    for first, last in draft.long_numbers:
        # Nine to twelve bare digits are no form of any id; telephone and order numbers end here.
        if last - first >= _SHORTEST_SHAPE and not (last - first in _FORMLESS and draft.lower[first:last].isdigit()):
            for match in regional.finditer(draft.lower, first, last + _LOOKAHEAD):
                if not draft.may_examine() or _is_regional(draft, match):
                    yield (*match.span(), Kind.national_id)


def _lettered_ids(draft: Draft) -> Iterator[Span]:
    """Find the forms that begin with letters."""
    lower = draft.lower
    match_at = _LETTERED.compiled.match
    for first, last in draft.numbers:
        before = lower[first - 3 if first > 3 else 0 : first]  # noqa: PLR2004 - letters that a form may begin with
        if before.isalpha() or (last - first >= _SHORTEST_NINO and before.strip(" -")):
            letters = _LETTERS_BEFORE.search(lower, first - 8 if first > 8 else 0, first)  # noqa: PLR2004 - as above
            match = letters and match_at(lower, letters.start())
            if match and (not draft.may_examine() or _is_national(draft, match)):
                yield (*match.span(), Kind.national_id)


def find_announced_ids(draft: Draft) -> Iterator[Span]:
    """Find what follows "my SSN is", "Steuer-ID:", "passport number" and their kin, with or without a valid check."""
    if not draft.numbers:
        return
    for match in _ANNOUNCERS.find(draft, _ANNOUNCED):
        number = match["number"]
        if sum(map(str.isdigit, number)) >= _FEWEST_DIGITS or _ALPHANUMERIC.fullmatch(number):
            yield (*match.span("number"), Kind.national_id)


def _is_national(draft: Draft, match: re.Match[str]) -> bool:
    scheme = (match.lastgroup or "").partition(_AT)[0]
    if scheme not in _DISTINCTIVE and announced_as(draft, match.start()) is Announced.reference:
        return False
    return _is_valid(scheme, match[0])


def _is_regional(draft: Draft, match: re.Match[str]) -> bool:
    return announced_as(draft, match.start()) is None and _is_valid(match.lastgroup or "", match[0])


@cache
def _checker(scheme: str) -> Callable[[str], bool]:
    """Import a country's module of python-stdnum; each costs one to four milliseconds once."""
    country, _, name = scheme.rpartition("_")
    checker: Callable[[str], bool] = import_module(f"stdnum.{country}.{name}").is_valid
    return checker


def _is_valid(scheme: str, number: str) -> bool:
    if scheme in _UNCHECKED:
        return True
    if scheme == "us_ssn":  # the library also refuses numbers that were published once: people do type those
        return number[:3] not in {"000", "666"} and number[4:6] != "00" and number[7:] != "0000"
    return _checker(scheme)(number.upper())
