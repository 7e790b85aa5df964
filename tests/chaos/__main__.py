"""Run conversations under faults: ``python -m tests.chaos --seeds 50 --conversations 10000`` prints one JSON object."""

import argparse
import json
import math
import sys

from tests.chaos.campaign import Campaign, run_campaign


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="how many seeds, from 1 on")
    parser.add_argument("--conversations", type=int, default=10_000, help="over all seeds")
    parser.add_argument("--seed", help="one seed alone, such as 7, or one conversation of it, such as 7/31")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no conversation after so long")
    options = parser.parse_args(arguments)
    seeds = range(1, options.seeds + 1)
    each = max(1, options.conversations // options.seeds)
    # A campaign that is interrupted has been through every seed.
    plan = [(seed, number) for number in range(each) for seed in seeds]
    if options.seed:
        seed, _, number = options.seed.partition("/")
        plan = [(int(seed), int(number))] if number else [(int(seed), one) for one in range(each)]
    campaign: Campaign = run_campaign(
        plan,
        lambda text: print(text, file=sys.stderr, flush=True),
        tell=bool(options.seed),
        minutes=options.minutes,
    )
    print(json.dumps(campaign.report(), indent=2))
    return 1 if campaign.broken else 0


if __name__ == "__main__":
    sys.exit(main())
