"""Percentiles from counts in logarithmic buckets, which add up over shards, days and groups without loss.

Source: C. Masson, J. E. Rim, H. K. Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error
Guarantees", PVLDB 12(12), 2019. A percentile is at most ``RELATIVE_ERROR`` away from the value of that rank.
"""

import math
from collections.abc import Mapping
from typing import Final

RELATIVE_ERROR: Final = 0.05
_GAMMA: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GAMMA: Final = math.log(_GAMMA)
_SMALLEST: Final = 1.0
"""Values under it, in whatever unit, share the bucket 0."""


def find_bucket(value: float) -> int:
    """Return the bucket of a value of at least 0: 0 for all under 1, else ceil(log_gamma(value)) + 1."""
    return 0 if value < _SMALLEST else math.ceil(math.log(value) / _LOG_GAMMA) + 1


def find_value(bucket: int) -> float:
    """Return the value that stands for a bucket: the one that is equally far, relatively, from both of its ends."""
    return 0.0 if bucket == 0 else 2 * _GAMMA ** (bucket - 1) / (_GAMMA + 1)


def find_percentile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the value of rank ceil(share x n), the nearest-rank percentile; ``None`` when nothing was counted."""
    number = sum(counts.values())
    if number <= 0:
        return None
    rank, seen = max(1, math.ceil(share * number)), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= rank:
            return find_value(bucket)
    return None
