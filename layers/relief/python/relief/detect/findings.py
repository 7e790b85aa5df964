"""An observation before it is weighed: what every source hands to the fusion."""

from typing import NamedTuple

from relief.contracts.vocabulary import EvidenceCode, Source


class Finding(NamedTuple):
    """One observation: where it comes from, its code, and its force relative to a plain one."""

    source: Source
    code: EvidenceCode
    strength: float = 1.0
    span: tuple[int, int] | None = None
