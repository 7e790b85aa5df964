"""How far reviewers agree with the decisions, and how many decisions they therefore still need to see."""

from collections.abc import Mapping
from hashlib import sha256
from math import sqrt
from typing import Final, NamedTuple

Z: Final = 1.96
"""Standard normal quantile of a two-sided interval of 95 %."""

_DRAW_BITS: Final = 53
"""As many as a float holds exactly."""


class Agreement(NamedTuple):
    """Verdicts on decisions that chance had chosen, in one journey under one judgement."""

    verdicts: int = 0
    agreed: int = 0

    @property
    def lower_bound(self) -> float:
        """The lower end of the interval in which the true rate of agreement lies; 0 without verdicts."""
        return wilson_lower_bound(self.agreed, self.verdicts)


Agreements = Mapping[str, Agreement]
"""Agreement by journey; one that is not there has no verdicts yet."""


def wilson_lower_bound(agreed: int, verdicts: int) -> float:
    """Return the lower end of the Wilson score interval (95 %) of a proportion, 0 to 1; 0 without verdicts."""
    return wilson_interval(agreed, verdicts, Z)[0]


def wilson_interval(agreed: int, verdicts: int, z: float) -> tuple[float, float]:
    """Return the ends of the Wilson score interval of a proportion, 0 to 1; (0, 1) without verdicts.

    With p = agreed / n, n = verdicts and z the normal quantile (1.96 for 95 %):
    ``(p + z^2/2n -+ z * sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)``. Unlike the textbook interval it holds for few
    verdicts and for rates near 1, which is where this is used.

    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the
    American Statistical Association 22 (1927), 209-212. Recommended for small n by L. D. Brown, T. T. Cai and
    A. DasGupta, "Interval Estimation for a Binomial Proportion", Statistical Science 16 (2001), 101-133.
    """
    if verdicts <= 0:
        return 0.0, 1.0
    rate = min(1.0, max(0.0, agreed / verdicts))
    squared = z * z / verdicts
    centre = rate + squared / 2
    spread = z * sqrt(rate * (1 - rate) / verdicts + squared / (4 * verdicts))
    lower = 0.0 if agreed <= 0 else max(0.0, (centre - spread) / (1 + squared))
    upper = 1.0 if agreed >= verdicts else min(1.0, (centre + spread) / (1 + squared))
    return lower, upper


def review_share(lower_bound: float, ceiling: float, floor: float) -> float:
    """Return the share of decisions that go to review: ``max(floor, ceiling * (1 - lower_bound))``.

    Without verdicts it is the ceiling. It falls as the lower bound rises, and never under the floor.
    """
    return max(floor, ceiling * (1 - lower_bound))


def draw(decision_id: str) -> float:
    """Return the decision's place in [0, 1): the same for the same decision, evenly spread over all.

    A decision is reviewed when its place is below the share, so whoever knows the share can draw again.
    """
    digest = sha256(f"review {decision_id}".encode()).digest()
    return float(int.from_bytes(digest[:8]) >> (64 - _DRAW_BITS)) / float(1 << _DRAW_BITS)
