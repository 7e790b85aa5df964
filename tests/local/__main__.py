"""The command line: ``python -m tests.local serve`` and ``python -m tests.local token``."""

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from tests.local import tokens
from tests.local.errors import LocalStackError
from tests.local.issuer import Issuer
from tests.local.replay import replay_samples
from tests.local.serving import HOST
from tests.local.stack import LocalStack

# What a person at a terminal does not want to see go by; --verbose shows it.
_QUIET: Final = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_METRICS_DISABLED": "true"}

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code: 0, or 2 where the user can put something right."""
    parser = argparse.ArgumentParser(prog="python -m tests.local", description=sys.modules["tests.local"].__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_run(commands)
    _add_demo(commands)
    _add_token(commands)
    options = parser.parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except LocalStackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="run the application on this machine until ^C")
    add_stack_options(parser)
    parser.set_defaults(command=_serve)


def add_stack_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a command that starts a stack; :func:`start_stack` reads them."""
    parser.add_argument("--port", type=int, default=8000, help="port of the HTTP API (%(default)s; 0: any)")
    parser.add_argument("--aws-port", type=int, default=8001, help="port of AWS's interfaces (%(default)s; 0: any)")
    parser.add_argument(
        "--aws-host", default=HOST, help="where AWS's interfaces listen (%(default)s); containers need another"
    )
    parser.add_argument("--template", type=Path, help="template to run (default: the project's)")
    parser.add_argument("--verbose", action="store_true", help="show what the functions log")


def start_stack(options: argparse.Namespace, *, clock: bool = False) -> LocalStack:
    """Start the stack that the options describe; with `clock`, its schedules fire by the clock."""
    return LocalStack.start(
        options.template,
        port=options.port,
        aws_port=options.aws_port,
        aws_host=options.aws_host,
        environment={} if options.verbose else _QUIET,
        clock=clock,
        apart=True,
    )


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("run", help="serve, with the sample conversations replayed first")
    add_stack_options(parser)
    parser.set_defaults(command=_run)


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="replay the sample conversations and end; 0 when all went as expected")
    add_stack_options(parser)
    parser.set_defaults(command=_demo, port=0, aws_port=0)


def _serve(options: argparse.Namespace) -> int:
    return _keep_serving(options, replay=False)


def _run(options: argparse.Namespace) -> int:
    return _keep_serving(options, replay=True)


def _demo(options: argparse.Namespace) -> int:
    with start_stack(options) as stack:
        _warn_of_load_problems(stack)
        report = replay_samples(stack)
    _end(1 if report.failures else 0)


def _keep_serving(options: argparse.Namespace, *, replay: bool) -> int:
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()
        if not serving.is_set():
            raise KeyboardInterrupt

    serving = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with contextlib.suppress(KeyboardInterrupt), start_stack(options, clock=True) as stack:
        _warn_of_load_problems(stack)
        if replay:
            replay_samples(stack)
            print()
        serving.set()
        print(f"console          {stack.base_url}/   (pick a role; the conversations above are in it)")
        print(f"HTTP API         {stack.base_url}")
        print(f"AWS's interfaces {stack.endpoint_url}   (any credentials, region us-east-1)")
        print(f"token            {_token_hint(stack)}")
        print("Running; ^C stops.", flush=True)
        while not stopped.wait(3600):
            pass
    print("Stopped.", flush=True)
    _end(0)


def _warn_of_load_problems(stack: LocalStack) -> None:
    for name, problem in sorted(stack.load_problems.items()):
        print(f"warning: {name} cannot be loaded: {problem}")


def _end(code: int) -> NoReturn:
    """End the process at once: a handler that still runs after its time-out must not keep it alive."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(code)


def _token_hint(stack: LocalStack) -> str:
    scopes = sorted({scope for route in stack.template.routes for scope in route.scopes or ()})
    return f'make -s token SCOPES="{" ".join(scopes)}"'


def _add_token(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("token", help="print an access token and nothing else")
    parser.add_argument("--scopes", required=True, help="scopes with blanks between, such as 'relief/turns'")
    parser.add_argument("--session-id", help="ties the token to one session")
    parser.add_argument("--subject", default="local-client", help="who the token is for (%(default)s)")
    parser.add_argument(
        "--expires",
        type=int,
        default=tokens.DEFAULT_LIFETIME_SECONDS,
        metavar="SECONDS",
        help="lifetime in seconds (%(default)s)",
    )
    parser.set_defaults(command=_token)


def _token(options: argparse.Namespace) -> int:
    token = tokens.mint(
        Issuer.load(),
        options.scopes.split(),
        session_id=options.session_id,
        subject=options.subject,
        lifetime_seconds=options.expires,
    )
    print(token)
    return 0


if __name__ == "__main__":
    sys.exit(main())
