"""The command: ``python -m relief.measure gold DIR``, ``handoff`` and ``mission``."""

import sys

from relief.measure.trial.command import main

if __name__ == "__main__":
    sys.exit(main())
