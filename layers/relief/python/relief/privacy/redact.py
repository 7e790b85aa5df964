"""Redaction of free text: the first thing that happens to anything a customer writes."""

import logging

from relief.privacy.addresses import find_addresses
from relief.privacy.banking import find_accounts, find_ibans
from relief.privacy.births import find_births
from relief.privacy.cards import find_cards
from relief.privacy.codes import find_one_time_codes, find_pins
from relief.privacy.draft import Draft
from relief.privacy.keys import find_keys
from relief.privacy.kinds import Finding, Kind, Redaction
from relief.privacy.names import find_names
from relief.privacy.national_ids import find_announced_ids, find_shaped_ids
from relief.privacy.network import find_emails, find_network_addresses, find_url_secrets
from relief.privacy.passwords import find_passwords
from relief.privacy.phones import find_phones

__all__ = ["Finding", "Kind", "Redaction", "redact", "region_of"]

_LOG = logging.getLogger(__name__)
_DETECTORS = (
    find_keys,
    find_url_secrets,
    find_emails,
    find_passwords,
    find_ibans,
    find_shaped_ids,
    find_cards,
    find_births,
    find_announced_ids,
    find_pins,
    find_one_time_codes,
    find_accounts,
    find_network_addresses,
    find_phones,
    find_addresses,
    find_names,
)
"""From the most to the least certain: what one claims, the later ones no longer see."""

_MOST_ROUNDS = 4
_REGIONS = {
    "en": "US", "da": "DK", "sv": "SE", "cs": "CZ", "el": "GR", "ja": "JP", "ko": "KR", "zh": "CN", "hi": "IN",
    "uk": "UA",
}  # fmt: skip
"""Where a language is taken to be spoken when a locale names no region and the language's code is no region's."""


def redact(text: str, locale: str = "en-US") -> Redaction:
    """Replace personal and secret data by typed placeholders such as ``[CARD]``.

    ``locale`` (BCP 47) tells how telephone numbers and some national ids are written. Placeholders of an earlier
    pass stay as they are. Cost grows linearly with the text, and what follows more numbers or cues than anybody writes
    (see ``relief.privacy.draft``) is withheld whole. Never raises: should a detector fail, the whole text is
    withheld, because half a redaction is none.
    """
    try:
        return _redact(text, region_of(locale))
    except Exception as failure:  # noqa: BLE001 - a customer's words must neither leak nor stop the turn
        _LOG.error("redaction failed, text withheld: %s", type(failure).__name__)
        return Redaction(Kind.withheld.placeholder, (Finding(Kind.withheld, 0, len(text)),))


def _redact(text: str, region: str) -> Redaction:
    """Run the detectors until nothing more is found: what one claims can be what made another hesitate."""
    draft = Draft(text, region)
    for _ in range(_MOST_ROUNDS):
        if not sum(draft.claim(detect(draft)) for detect in _DETECTORS):
            break
        draft.start_round()
    else:
        # No message that anybody writes takes so many rounds, and none may end with half of its numbers left.
        draft.claim((start, end, Kind.withheld) for start, end in draft.long_numbers)
    return draft.finish()


def region_of(locale: str) -> str:
    """Return the region (ISO 3166-1 alpha-2) of a locale; that of the language where none is named."""
    language, *rest = locale.replace("_", "-").split("-")
    for part in rest:
        if len(part) == 2 and part.isalpha():  # noqa: PLR2004 - alpha-2
            return part.upper()
    return _REGIONS.get(language.lower(), language.upper()[:2])
