"""``python -m relief.store decisions|reviews > FILE.jsonl``: write every stored decision, or every judged review.

One JSON record a line. A review has scores, evidence codes, intent and reasons, and the verdict on them.

The table is the one that TABLE_NAME names; credentials, region and AWS_ENDPOINT_URL are boto3's own. Nothing that was
said is in either. The whole table is read, so do it where that costs nobody: off the busy hours, or on a copy.
"""

import argparse
import sys
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from relief.settings import Settings, load_settings
from relief.store.decisions import DecisionTable
from relief.store.reviews import ReviewTable


def main() -> int:
    """Run the command; returns the exit code: 0, or 2 where the table cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m relief.store", description="Export what is stored.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    decisions = commands.add_parser("decisions", help="write every stored decision, one JSON record a line")
    reviews = commands.add_parser("reviews", help="write every judged review, one JSON record a line")
    for one in (decisions, reviews):
        one.add_argument("--table", help="the table's name; TABLE_NAME when absent")
    asked = parser.parse_args()
    settings = Settings(table_name=asked.table) if asked.table else load_settings()
    if not settings.table_name:
        print("Say which table: set TABLE_NAME, or give --table NAME.", file=sys.stderr)
        return 2
    table = ReviewTable(settings) if asked.command == "reviews" else DecisionTable(settings)
    try:
        for record in table.read_all(datetime.now(UTC)):
            print(record.model_dump_json(exclude_defaults=True))
    except (BotoCoreError, ClientError) as error:
        print(f"The table cannot be read: {error}. Check its name, the region and the credentials.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
