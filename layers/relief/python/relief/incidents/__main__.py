"""``python -m relief.incidents declare|amend|list|resolve|preview|followups``: incident mode from a terminal.

It talks to the table and the bus directly, with the operator's AWS credentials: it works when the API, its gateway or
the token issuer is what is down. What it does is what the API does, by the same code.
"""

import argparse
import getpass
import sys
from collections.abc import Sequence
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from relief.errors import ReliefError, RequestInvalid
from relief.incidents.command import COMMANDS, add_commands, name_option
from relief.observability import logger
from relief.settings import load_settings


class Parser(argparse.ArgumentParser):
    """Says what is wrong in a line: the whole usage would push it off the screen."""

    def error(self, message: str) -> NoReturn:
        """End with what is wrong, and where the help is."""
        self.exit(2, f"Nothing was changed. {message}\nFor help: {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it is done, 2 when it was refused and nothing changed, 3 when AWS does not answer."""
    parser = Parser(prog="python -m relief.incidents", description="Incident mode from a terminal.")
    anywhere = Parser(add_help=False)
    for one, default in ((parser, getpass.getuser()), (anywhere, argparse.SUPPRESS)):
        absent = None if one is parser else argparse.SUPPRESS
        one.add_argument(
            "--table", default=absent, help="the DynamoDB table (the stack's output TableName; TABLE_NAME)"
        )
        one.add_argument("--bus", default=absent, help="the EventBridge bus (the stack's output BusName; BUS_NAME)")
        one.add_argument("--as", dest="person", default=default, help=f"who you are ({getpass.getuser()})")
    add_commands(parser, anywhere)
    options = parser.parse_args(arguments)
    logger.setLevel("CRITICAL")
    given = {"table_name": options.table, "bus_name": options.bus}
    try:
        load_settings.cache_clear()
        settings = load_settings().model_copy(update={name: value for name, value in given.items() if value})
        if not settings.table_name:
            print("Name the table: --table, or TABLE_NAME; the stack's output TableName has it.", file=sys.stderr)
            return 2
        print(COMMANDS[options.command](options, settings))
    except RequestInvalid as error:
        print("Nothing was changed. Please check:", file=sys.stderr)
        for problem in error.errors:
            print(f"  {name_option(problem.field)}: {problem.message}", file=sys.stderr)
        return 2
    except ReliefError as error:
        print(f"Nothing was changed. {error.detail}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        print(_explain(error), file=sys.stderr)
        return 3
    return 0


def _explain(error: BotoCoreError | ClientError) -> str:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    if code == "ResourceNotFoundException":
        return "There is no such table for these credentials in this region. Check --table, or TABLE_NAME."
    return f"AWS does not answer ({code}). Check credentials, region and network; what you sent may be sent again."


if __name__ == "__main__":
    sys.exit(main())
