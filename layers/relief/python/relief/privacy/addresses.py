"""Postal addresses, best effort: house number and street, the postcode and town that follow (en, es, de, fr, pt, it, nl)."""

import re
from collections.abc import Iterator

from relief.privacy.cues import Cues, words
from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern

_UNIT = (
    r"(?:,? ?(?:apt|apartment|unit|suite|ste|flat|floor|fl|rm|room|bldg|building|#|piso|dpto|depto|appt|etage|stock|"
    r"wohnung|andar|apto|bloco)\.? ?#?[a-z0-9-]{1,6})?"
)
_UK_POSTCODE = r"(?:gir ?0aa|[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2})"
"""BS 7666: area and district, then sector and unit."""

_STATES = words(
    "al ak az ar ca co ct de dc fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok",
    "or pa pr ri sc sd tn tx ut vt va wa wv wi wy",
)
_STATE = "(?:" + "|".join(sorted(_STATES)) + ")"
_COMPASS = r"(?:north|south|east|west|n|s|e|w|ne|nw|se|sw)"
_ENGLISH_TYPES = words(
    "street st avenue ave av road rd lane ln drive dr boulevard blvd court ct way place pl terrace terr close",
    "crescent cres square sq highway hwy parkway pkwy circle cir trail trl gardens grove row mews hill walk alley",
    "turnpike plaza quay broadway loop park view green rise path point heights",
)
_OTHER_TYPES = words(
    "alley annex arcade bayou beach bend bluff bottom branch bridge brook burg bypass camp canyon cape causeway",
    "center centre cliff club common corner course cove creek crest crossing crossroad curve dale dam divide estate",
    "estates expressway extension falls ferry field fields flat flats ford forest forge fork forks fort freeway",
    "garden gateway glen harbor haven hollow inlet island islands isle junction keys knoll lake lakes landing light",
    "lodge manor meadow meadows mill mills mission motorway mount mountain neck orchard oval overpass pass passage",
    "pike pine pines plain plains port prairie ranch rapid rapids rest ridge river shoal shoals shore shores skyway",
    "spring springs spur station stravenue stream summit throughway trace track tunnel underpass union valley viaduct",
    "village ville vista well wells",
)
"""Less usual street suffixes (USPS Publication 28, appendix C1): they count where name and suffix are capitalised."""

_NUMBERED_TYPES = _ENGLISH_TYPES | _OTHER_TYPES
_CAPITALISED_STREET = LazyPattern(r"\d{1,5}[a-z]?,? (?:[A-Z][A-Za-z'.-]+ ){1,3}?([A-Z][a-z]+)(?![a-z])")
_UNIT_AFTER = LazyPattern(_UNIT)
_TOWN = r"(?:[a-z][a-z'.-]+ ?){1,3}"
_ENGLISH = LazyPattern(
    r"(?<![\w.,$#:/-])\d{1,5}(?:-\d{1,4})?[a-z]?,? "
    r"(?P<street>(?:" + _COMPASS + r"\.? )?(?:[a-z][a-z'.-]* |\d{1,3}(?:st|nd|rd|th) ){1,3}?)"
    r"(?:" + "|".join(sorted(_ENGLISH_TYPES, key=len, reverse=True)) + r")(?![a-z'])\.?"
    r"(?: " + _COMPASS + r"(?![a-z]))?" + _UNIT +
    r"(?:,? " + _TOWN + r",? (?:" + _STATE + r"|[a-z]{4,14}),? \d{5}(?:-\d{4})?(?!\d)"
    r"|,? (?:[a-z][a-z'.-]+,? ){0,4}" + _UK_POSTCODE + r"(?![a-z0-9])|,? " + _STATE + r" \d{5}(?!\d))?"
)  # fmt: skip
_NO_STREETS = words(
    "the of on a an in to my your our for and or at by per with minutes minute hours hour hrs days day weeks week",
    "months month years year times time miles mile people items item orders units points star stars percent km",
    "dollars euros pounds seconds is was are more less different other from left right wrong different phones boxes",
    "bags pairs pieces i it we",
)
_POST_BOXES = Cues(
    "po box|p.o. box|p o box|postfach|apartado|apartado de correos|apartado postal|boite postale|caixa postal",
)
_POST_BOX = LazyPattern(_POST_BOXES.pattern + r" ?#?:? ?\d{1,7}(?!\d)")

_COMPOUND_ENDINGS = (
    "strase", "strasse", "str", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer", "chaussee", "steig", "straat",
    "laan", "plein", "gracht", "kade", "singel", "steeg", "dreef", "gatan", "vagen", "vej", "gade", "veien", "gata",
)  # fmt: skip
_GERMAN_SPEAKING = frozenset({"DE", "AT", "CH", "LI"})
"""Where a word in "-ring" before a number is a street; elsewhere it may be "Ordering 2 items"."""

_DOT_AND_SPACE = re.compile(r"\.? ?")
_EARLIER_WORDS = re.compile(r"(?:[A-Z][a-z]+[ -]|an der |auf der ){1,2}\Z")
_HOUSE_AND_TOWN = LazyPattern(
    r"(?:nr\.? ?)?\d{1,4} ?(?:[a-h](?![a-z]))?(?:,? (?:d-)?(?:\d{5}|\d{4} ?[a-z]{2}) [a-z][a-z-]+)?(?![\w%])(?![.,:]\d)"
)
_ROMANCE_STREETS = Cues(
    "calle|c/|avenida|avda|avda.|avd.|av.|av|plaza|paseo|carrera|cra|cra.|calzada|camino|ronda|travesia|rua|travessa",
    "praca|alameda|estrada|largo|rodovia|via|viale|piazza|corso|vicolo|glorieta|callejon|pasaje|rambla|bulevar",
    "boulevard|avinguda|carrer|urbanizacion|strada|contrada|borgo|ladeira|ul.|ulica|aleja|r.|jiron|diagonal",
    "prolongacion|privada|cuesta",
)
_ROMANCE = LazyPattern(
    _ROMANCE_STREETS.pattern.removesuffix("(?![a-z0-9])")
    + r" ?(?:(?:de|del|da|do|dos|das|la|las|los|el|di|della|dei) ){0,2}"
    r"[a-z0-9][a-z'.-]*(?: (?:(?:de|del|da|do|dos|das|la|las|los|el|y|e) ){0,2}[a-z][a-z'.-]+){0,3}"
    r",? (?:n(?:o|um|umero)?\.? ?)?\d{1,5}(?:[ -]?[a-d](?![a-z]))?(?:,? \d{1,2}(?:o|a)?(?: ?[a-z](?![a-z]))?)?"
    r"(?:(?:,| -)? (?:cep:? ?)?(?:\d{5}(?:-?\d{3})?|\d{4}-\d{3})(?: (?:de )?[a-z][a-z-]+)?)?(?![\w%])"
)
_FRENCH_WORDS = words(
    "rue avenue av boulevard bd bld place chemin impasse allee quai cours route square passage",
)
_FRENCH = LazyPattern(
    r"(?<![\w.,/-])\d{1,4}(?: ?(?:bis|ter|quater))?,? "
    r"(?:rue|avenue|av\.?|boulevard|bd\.?|bld\.?|place|chemin|impasse|allee|quai|cours|route|square|passage)"
    r" (?:(?:de la|de l'|des|du|de|d'|la|le|les|l') ?)?[a-z][a-z'.-]*"
    r"(?: (?:(?:de la|de l'|des|du|de|d') ?)?[a-z][a-z'.-]+){0,3}?"
    r"(?:,? \d{5}(?: [a-z][a-z-]+)?(?!\w)|(?=[,.;!?\n]|\Z| (?:a|et|est|mais|en|pour|merci|svp)(?![a-z])))"
)
_POSTCODES = Cues(
    "zip|zip_code|post_code|postal code|plz|postleitzahl|codigo postal|cp|c.p.|code postal|cep|pin_code",
)
_POSTCODE = LazyPattern(
    _POSTCODES.pattern + r"(?: (?:is|es|ist|est|e|of|number))?[ :=#-]{0,3}"
    r"(?P<code>" + _UK_POSTCODE + r"|\d{5}(?:-\d{3,4})?|\d{4} ?[a-z]{2}|\d{4}(?:-\d{3})?|\d{6}"
    r"|[a-z]\d[a-z] ?\d[a-z]\d)(?!\w)"
)
_TOWN_AND_STATE = re.compile(r"(?<![a-z])[A-Z][a-z]+(?: [A-Z][a-z]+){0,2},? [A-Z]{2} \Z")
_ZIP = re.compile(r"\d{5}(?:-\d{4})?(?!\w)")
_UK_TOWN = re.compile(r"(?<![a-zA-Z])[A-Z][a-z]+(?: [A-Z][a-z]+)?,? [A-Z]{1,2}\Z")
_REST_OF_POSTCODE = re.compile(r"\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])")
_WINDOW = 60
_SHORTEST_TOWN = 4


def find_addresses(draft: Draft) -> Iterator[Span]:
    """Find street addresses, post-office boxes, and postcodes that are called so or stand beside a town."""
    if not draft.numbers:
        return
    for cues, pattern in ((_POST_BOXES, _POST_BOX), (_ROMANCE_STREETS, _ROMANCE)):
        for match in cues.find(draft, pattern):
            yield (*match.span(), Kind.address)
    for match in _POSTCODES.find(draft, _POSTCODE):
        yield (*match.span("code"), Kind.address)
    yield from _numbered_streets(draft)
    yield from _beside_a_town(draft)
    if any(word.endswith(_COMPOUND_ENDINGS) for word in draft.words):
        yield from _compound_streets(draft)


def _numbered_streets(draft: Draft) -> Iterator[Span]:
    """Find "12 Baker Street" and "12 rue de Rivoli"."""
    english = not draft.words.isdisjoint(_NUMBERED_TYPES)
    french = not draft.words.isdisjoint(_FRENCH_WORDS)
    if not english and not french:
        return
    for first, _ in draft.numbers:
        match = _ENGLISH.compiled.match(draft.lower, first) if english else None
        if match and _NO_STREETS.isdisjoint(match["street"].split()):
            yield (*match.span(), Kind.address)
        if match is None:
            yield from _capitalised_street(draft, first)
        match = _FRENCH.compiled.match(draft.lower, first) if french else None
        if match:
            yield (*match.span(), Kind.address)


def _capitalised_street(draft: Draft, first: int) -> Iterator[Span]:
    """Find "2905 Mann Springs" and the like, where capitals tell a street from a phrase."""
    street = _CAPITALISED_STREET.compiled.match(draft.plain, first)
    if street and street[1].lower() in _OTHER_TYPES and not draft.plain[first - 1 : first].isalnum():
        unit = _UNIT_AFTER.compiled.match(draft.lower, street.end())
        yield first, unit.end() if unit else street.end(), Kind.address


def _compound_streets(draft: Draft) -> Iterator[Span]:
    """Find "Hauptstraße 5", "Keizersgracht 12": the kind of street is the end of its name."""
    for word in draft.words:
        if not word.endswith(_COMPOUND_ENDINGS):
            continue
        for start in draft.starts_of(word):
            end = start + len(word)
            gap = _DOT_AND_SPACE.match(draft.lower, end)
            number = _HOUSE_AND_TOWN.compiled.match(draft.lower, gap.end() if gap else end)
            is_german = draft.region in _GERMAN_SPEAKING or not word.endswith("ring")
            if number and is_german and draft.plain[start].isupper():
                yield _street_start(draft, start), number.end(), Kind.address


def _street_start(draft: Draft, start: int) -> int:
    """Include the words before a street's last one that belong to its name ("Alte Schönhauser Straße")."""
    before = _EARLIER_WORDS.search(draft.plain, max(0, start - 30), start)
    return before.start() if before else start


def _beside_a_town(draft: Draft) -> Iterator[Span]:
    """Find "Springfield, IL 62701" and "Leeds LS1 4AP"."""
    plain = draft.plain
    for first, _ in draft.numbers:
        if first < _SHORTEST_TOWN or not (plain[first - 2].isupper() or plain[first - 1].isupper()):
            continue
        if plain[first - 1] == " " and draft.lower[first - 3 : first - 1] in _STATES:
            town, code = _TOWN_AND_STATE.search(plain, max(0, first - _WINDOW), first), _ZIP.match(plain, first)
        else:
            town, code = _UK_TOWN.search(plain, max(0, first - _WINDOW), first), _REST_OF_POSTCODE.match(plain, first)
        if town and code:
            yield town.start(), code.end(), Kind.address
