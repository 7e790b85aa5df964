"""Print the capacity model as one JSON object: ``python -m tests.capacity --turns-a-second 10000``."""

import argparse
import json
import sys
from typing import Any

from tests.capacity.model import Model, load_assumptions
from tests.capacity.turns import take_turns


def describe(rate: float, counted_turns: int | None = None, conversations: int = 140) -> dict[str, Any]:
    """Return the model's figures at so many turns a second."""
    assumed = load_assumptions()
    if counted_turns is not None:
        assumed["traffic"]["counted_turns"] = counted_turns
    model = Model(take_turns(conversations), rate, assumed)
    costs = model.costs()
    return {
        "turns_a_second": rate,
        "counted_turns": assumed["traffic"]["counted_turns"],
        "shares": {name: round(share, 3) for name, share in model.shares.items()},
        "write_units_a_turn": round(model.write_units, 1),
        "read_units_a_turn": round(model.read_units, 1),
        "concurrency": {name: round(busy) for name, busy in model.concurrency().items()},
        "busiest_keys_write_units_a_second": model.busiest_keys(),
        "gives_way": model.gives_way(),
        "dollars_a_million_turns": {**costs, "sum": round(sum(costs.values()), 2)},
        "prices_as_of": assumed["as_of"],
        "sources": assumed["sources"],
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the model."""
    parser = argparse.ArgumentParser(prog="python -m tests.capacity", description=__doc__)
    parser.add_argument("--turns-a-second", type=float, default=10_000)
    parser.add_argument("--counted-turns", type=int, help="the template's CountedTurns; without, its default")
    options = parser.parse_args(arguments)
    print(json.dumps(describe(options.turns_a_second, options.counted_turns), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
