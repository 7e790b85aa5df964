"""``python -m relief.incidents declare|list|resolve|preview``: incident mode from a terminal.

It talks to the table and the bus directly, with the operator's AWS credentials: it works when the API, its gateway or
the token issuer is what is down. What it does is what the API does, by the same code.
"""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from relief.errors import ReliefError
from relief.incidents.command import COMMANDS, add_commands
from relief.observability import logger
from relief.settings import load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it is done, 2 when it was refused and nothing changed, 3 when AWS does not answer."""
    parser = argparse.ArgumentParser(prog="python -m relief.incidents", description=__doc__.splitlines()[0])
    parser.add_argument("--table", help="the DynamoDB table (default: TABLE_NAME)")
    parser.add_argument("--bus", help="the EventBridge bus (default: BUS_NAME)")
    parser.add_argument("--as", dest="person", default=getpass.getuser(), help="who you are (%(default)s)")
    add_commands(parser)
    options = parser.parse_args(arguments)
    logger.setLevel("CRITICAL")
    given = {"TABLE_NAME": options.table, "BUS_NAME": options.bus}
    os.environ.update({name: value for name, value in given.items() if value})
    load_settings.cache_clear()
    try:
        settings = load_settings()
        if not settings.table_name:
            print("Name the table: --table, or the environment variable TABLE_NAME.", file=sys.stderr)
            return 2
        print(COMMANDS[options.command](options, settings))
    except ReliefError as error:
        print(f"{error.title}: {error.detail} Nothing was changed.", file=sys.stderr)
        for problem in error.errors:
            print(f"  {problem.field}: {problem.message}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        print(f"AWS does not answer ({type(error).__name__}). Check credentials, region and table.", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
