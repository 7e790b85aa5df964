"""The command: ``python -m relief.measure gold DIR`` and ``python -m relief.measure simulate``."""

import sys

from relief.measure.trial.command import main

if __name__ == "__main__":
    sys.exit(main())
