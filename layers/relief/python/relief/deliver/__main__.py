"""The command line of delivery: ``python -m relief.deliver list|redrive``, with the deliver function's environment."""

import argparse
import json
import sys

from relief.deliver.redrive import Redriver
from relief.errors import ReliefError
from relief.settings import Settings, load_settings
from relief.store.deliveries import DeliveryTable

_NEEDED = ("table_name", "handoff_queue_urls", "dead_letter_queue_url")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; print JSON. Exit code 0: done, 1: something stays that is no hand-over, 2: wrong use."""
    parser = argparse.ArgumentParser(prog="python -m relief.deliver", description=__doc__)
    parser.add_argument(
        "command", choices=["list", "redrive"], help="look at what could not be delivered, or resend it"
    )
    parser.add_argument("--limit", type=int, default=100, help="at most so many messages (100)")
    asked = parser.parse_args(arguments)
    try:
        settings = load_settings()
        _require(settings)
    except ReliefError as error:
        print(error.detail, file=sys.stderr)
        return 2
    redriver = Redriver(settings, DeliveryTable(settings))
    if asked.command == "list":
        print(json.dumps([dead.describe() for dead in redriver.list_dead(asked.limit)], indent=2))
        return 0
    sent, kept = redriver.redrive(asked.limit)
    print(json.dumps({"sent": [dead.describe() for dead in sent], "kept": len(kept)}, indent=2))
    return 1 if kept else 0


def _require(settings: Settings) -> None:
    missing = [name.upper() for name in _NEEDED if not getattr(settings, name)]
    if missing:
        message = f"Set {', '.join(missing)} as the stack's outputs say."
        raise ReliefError(message)


if __name__ == "__main__":
    sys.exit(main())
