"""``python -m relief.store decisions > DECISIONS.jsonl``: write every stored decision, one JSON record a line.

The table is the one that TABLE_NAME names; credentials, region and AWS_ENDPOINT_URL are boto3's own. Nothing that was
said is in a decision. The whole table is read, so do it where that costs nobody: off the busy hours, or on a copy.
"""

import argparse
import sys
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from relief.settings import Settings, load_settings
from relief.store.decisions import DecisionTable


def main() -> int:
    """Run the command; returns the exit code: 0, or 2 where the table cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m relief.store", description="Export what is stored.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    decisions = commands.add_parser("decisions", help="write every stored decision, one JSON record a line")
    decisions.add_argument("--table", help="the table's name; TABLE_NAME when absent")
    asked = parser.parse_args()
    settings = Settings(table_name=asked.table) if asked.table else load_settings()
    if not settings.table_name:
        print("Say which table: set TABLE_NAME, or give --table NAME.", file=sys.stderr)
        return 2
    try:
        for record in DecisionTable(settings).read_all(datetime.now(UTC)):
            print(record.model_dump_json(exclude_defaults=True))
    except (BotoCoreError, ClientError) as error:
        print(f"The table cannot be read: {error}. Check its name, the region and the credentials.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
