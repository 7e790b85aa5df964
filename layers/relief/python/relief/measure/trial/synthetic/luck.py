"""Luck that does not depend on who asks first: the same question of the same customer always has the same answer.

So both sides of a comparison meet the same customers with the same luck (common random numbers; Law, *Simulation
Modeling and Analysis*, chapter 11), and what differs between them is what was done.
"""

import math
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

_One = TypeVar("_One")


class Luck:
    """The luck of one customer."""

    def __init__(self, *seed: object) -> None:
        """Keep what it depends on."""
        self._seed = ":".join(map(str, seed))

    def share(self, *question: object) -> float:
        """Return a number in [0, 1), evenly distributed over questions."""
        return random.Random(f"{self._seed}:{':'.join(map(str, question))}").random()  # noqa: S311 - no secret

    def happens(self, chance: float, *question: object) -> bool:
        """Tell whether something of this chance happens. What happens at a chance happens at any greater one."""
        return self.share(*question) < chance

    def waits(self, mean: float, *question: object) -> float:
        """Return an exponentially distributed duration with this mean."""
        return -mean * math.log(1 - self.share(*question))

    def choose(self, options: Sequence[_One], *question: object) -> _One:
        """Return one of the options, each as likely as the others."""
        return options[int(self.share(*question) * len(options))]

    def draw(self, shares: Mapping[_One, float], *question: object) -> _One:
        """Return one of the keys, as likely as its share says."""
        point, chosen = self.share(*question), next(iter(shares))
        for one, share in shares.items():
            if share > 0:
                chosen = one
                if point < share:
                    break
                point -= share
        return chosen
