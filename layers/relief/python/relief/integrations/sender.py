"""Carry out what a target's plan says, call by call, and tell after each one that changed something."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from relief.contracts.handoff import Handoff
from relief.contracts.targets import DeliveryRecord, TargetConfig
from relief.errors import DeliveryDelayed, Unavailable
from relief.integrations.aws_client import call_aws
from relief.integrations.calls import AwsCall, Call, HttpCall, Move
from relief.integrations.credentials import Credentials
from relief.integrations.http_client import HttpClient, capture, search
from relief.integrations.paths import quoted
from relief.integrations.registry import TARGETS

_SPARE_SECONDS = 1.0
"""What a call may take beyond the time for its answer: connecting."""


class Sender(Protocol):
    """Delivers to a desk."""

    def send(
        self, handoff: Handoff, config: TargetConfig, record: DeliveryRecord, until: float
    ) -> Iterator[Mapping[str, str]]:
        """Deliver what the record's steps have not, or tell of a move; must be exhausted.

        Yields, after each step, what the desk calls its own record of the hand-over, as far as it is known. ``until``
        is when to stop beginning new calls, on the clock of ``time.monotonic``, seconds.

        Raises:
            DeliveryDelayed, DeliveryRefused: as ``relief.integrations.http_client.HttpClient.call``.
        """


class NetworkSender:
    """The real one: HTTP with credentials from Secrets Manager, and AWS by role."""

    def __init__(
        self,
        configs: Sequence[TargetConfig],
        credentials: Credentials,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a client for each desk that has a URL; nothing is connected yet."""
        self._clients = {config.name: HttpClient(config, seconds) for config in configs if config.url}
        self._credentials = credentials
        self._seconds = seconds
        self._clock = clock

    def send(
        self, handoff: Handoff, config: TargetConfig, record: DeliveryRecord, until: float
    ) -> Iterator[Mapping[str, str]]:
        """Deliver what the record's steps have not, or tell of a move; must be exhausted."""
        names = dict(record.names)
        step = 0
        calls, part = _plan(handoff, config, record)
        for call in calls:
            if call.writes:
                step += 1
                if step <= record.steps:
                    continue
            if self._clock() + self._seconds + _SPARE_SECONDS > until:
                message = "no time left"
                raise DeliveryDelayed(message)
            if isinstance(call, AwsCall):
                names.update(capture(call, call_aws(call._replace(arguments=_fill_arguments(call.arguments, names)))))
            else:
                once = f"{handoff.handoff_id}:{config.name}:{part}{step}"
                self._request(call, config, names, once, again=record.attempts > 1)
            if call.writes:
                yield dict(names)

    def _request(self, call: HttpCall, config: TargetConfig, names: dict[str, str], once: str, *, again: bool) -> None:
        """Make one request, unless an earlier attempt at it turns out to have arrived."""
        try:
            credential = self._credentials.of(config.name)
        except Unavailable as error:
            message = "no credentials"
            raise DeliveryDelayed(message) from error
        authorization = TARGETS[config.kind].AUTHORIZATION
        client = self._clients[config.name]
        if again and call.probe is not None:
            asked = HttpCall("GET", call.probe.path)
            if search(call.probe.found, client.call(asked, credential, authorization, once)):
                return
        answer = client.call(call._replace(path=_fill(call.path, names)), credential, authorization, once)
        names.update(capture(call, answer))


def _plan(handoff: Handoff, config: TargetConfig, record: DeliveryRecord) -> tuple[Sequence[Call], str]:
    """Return the calls that are to be made, and what sets their idempotency keys apart from those of others."""
    target = TARGETS[config.kind]
    if not record.moves:
        return target.plan(handoff, config), ""
    return target.plan_move(handoff, config, Move.of(record.moves, record.told)), f"moved-{record.moves}:"


def _fill_arguments(arguments: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    whole = {f"{{{name}}}": value for name, value in names.items()}
    return {name: whole.get(value, value) if isinstance(value, str) else value for name, value in arguments.items()}


def _fill(path: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", quoted(value))
    return path
