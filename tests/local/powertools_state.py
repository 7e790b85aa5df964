"""Keeps the Powertools' event handler apart for requests that run at the same time, and their metrics off the screen.

A resolver of the Powertools has the current event as an attribute of a class, and route and path parameters in a
dictionary of its own. On Lambda that is safe, since an environment serves one request at a time. The local stack serves
requests on threads of one process, where one customer's request would be answered with another's session id.
"""

import contextlib
import threading
from abc import ABCMeta
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock
from weakref import WeakKeyDictionary

from aws_lambda_powertools.event_handler import api_gateway
from aws_lambda_powertools.metrics.functions import is_metrics_disabled
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider


class _Request(threading.local):
    """What belongs to the request that a thread serves."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.contexts: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


_request = _Request()


def _of_this_thread(name: str) -> property:
    def read(_owner: object) -> Any:
        try:
            return _request.values[name]
        except KeyError:
            raise AttributeError(name) from None

    def write(_owner: object, value: Any) -> None:
        _request.values[name] = value

    return property(read, write)


class _PerThread(ABCMeta):
    """The class of the resolvers' base class: it is this that an assignment to a class attribute asks."""

    current_event = _of_this_thread("current_event")
    lambda_context = _of_this_thread("lambda_context")


def _read_context(resolver: Any) -> dict[str, Any]:
    return _request.contexts.setdefault(resolver, {})


def _write_context(resolver: Any, value: dict[str, Any]) -> None:
    _request.contexts[resolver] = value


@contextlib.contextmanager
def powertools_per_thread() -> Iterator[None]:
    """Keep the state of each request to the thread that serves it, as long as the context lasts."""
    base: Any = api_gateway.BaseRouter
    building = threading.Lock()
    build = api_gateway.Route._build_middleware_stack

    def build_once(route: api_gateway.Route, *arguments: Any, **named: Any) -> None:
        with building:
            if not route._middleware_stack_built:
                build(route, *arguments, **named)

    with contextlib.ExitStack() as mends:
        for name, replacement in {
            "current_event": _of_this_thread("current_event"),
            "lambda_context": _of_this_thread("lambda_context"),
            "context": property(_read_context, _write_context),
        }.items():
            mends.enter_context(mock.patch.object(base, name, replacement, create=True))
        mends.enter_context(mock.patch.object(api_gateway.Route, "_build_middleware_stack", build_once))
        kind = type(base)
        base.__class__ = _PerThread
        try:
            yield
        finally:
            base.__class__ = kind


@contextlib.contextmanager
def metrics_unread() -> Iterator[None]:
    """Let functions count nothing while POWERTOOLS_METRICS_DISABLED says so, as long as the context lasts.

    The Powertools keep what is switched off all the same, for good, and print it once there are a hundred values of one
    name.
    """

    def unless_disabled(method: Callable[..., None]) -> Callable[..., None]:
        def guarded(*arguments: Any, **named: Any) -> None:
            if not is_metrics_disabled():
                method(*arguments, **named)

        return guarded

    provider = AmazonCloudWatchEMFProvider
    with contextlib.ExitStack() as mends:
        for name in ("add_metric", "flush_metrics"):
            mends.enter_context(mock.patch.object(provider, name, unless_disabled(getattr(provider, name))))
        yield
