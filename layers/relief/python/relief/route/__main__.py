"""``python -m relief.route``: check a routing table."""

import sys

from relief.route.command import run_command

if __name__ == "__main__":
    outcome = run_command(sys.argv[1:])
    print(outcome.text)
    sys.exit(outcome.code)
