"""Throttles of the HTTP API, as API Gateway has them: a token bucket for each route."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

_ALL: Final = ""


class Limit(NamedTuple):
    """What a route takes: requests a second in the long run, and so many at once."""

    rate: float
    burst: float


def read_limits(stage: Mapping[str, Any]) -> dict[str, Limit]:
    """Return the limits that a stage's properties name, by route key; under the empty key that of all other routes."""
    settings = {_ALL: stage.get("DefaultRouteSettings", {}), **stage.get("RouteSettings", {})}
    return {
        key: Limit(float(one["ThrottlingRateLimit"]), float(one["ThrottlingBurstLimit"]))
        for key, one in settings.items()
        if "ThrottlingRateLimit" in one
    }


class Throttles:
    """Tells whether a route takes one more request now."""

    def __init__(
        self, limits: Mapping[str, Limit], share: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep the limits; ``share`` scales all of them to what a small machine serves of what AWS does."""
        self._limits = {key: Limit(one.rate * share, max(1.0, one.burst * share)) for key, one in limits.items()}
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def admit(self, route_key: str) -> bool:
        """Take a token of the route's bucket; ``False`` when it is empty."""
        limit = self._limits.get(route_key, self._limits.get(_ALL))
        if limit is None:
            return True
        now = self._clock()
        with self._lock:
            left, since = self._left.get(route_key, (limit.burst, now))
            left = min(limit.burst, left + (now - since) * limit.rate)
            admitted = left >= 1
            self._left[route_key] = (left - admitted, now)
        return admitted
