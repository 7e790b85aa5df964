"""``python -m relief.decide``: prove a policy, and try one on recorded decisions."""

import sys

from relief.decide.command import run_command

if __name__ == "__main__":
    outcome = run_command(sys.argv[1:])
    print(outcome.text)
    sys.exit(outcome.code)
