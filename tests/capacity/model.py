"""The capacity model: concurrency, units, keys, events and costs that follow from so many turns a second."""

import math
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from relief.store.items import epoch_seconds
from relief.store.keys import MARK_SECONDS, MARK_SHARDS, incidents_partition_for, mark_partition, session_partition
from tests.capacity.turns import TakenTurn
from tests.pipeline import START

ASSUMPTIONS: Final = Path(__file__).with_name("assumptions.yaml")
MILLION: Final = 1_000_000


def load_assumptions() -> dict[str, Any]:
    """Read what the model assumes."""
    read: dict[str, Any] = yaml.safe_load(ASSUMPTIONS.read_text(encoding="utf-8"))
    return read


class Model:
    """One installation at so many turns a second."""

    def __init__(self, sessions: Sequence[Sequence[TakenTurn]], rate: float, assumed: dict[str, Any]) -> None:
        """Keep what real turns did; ``rate`` is in turns a second."""
        self._turns = [turn for session in sessions for turn in session]
        self._rate = rate
        self._assumed = assumed
        total = len(self._turns)
        self.shares = {
            "all": 1.0,
            "escalated": sum(turn.escalated for turn in self._turns) / total,
            "handed_over": sum(turn.hands_over for turn in self._turns) / total,
        }
        self.write_units = sum(units for turn in self._turns for _, units in turn.writes) / total
        # The idempotency check, the context, the incidents and the policy now and then.
        self.read_units = sum(turn.read_units for turn in self._turns) / total + 2

    def busiest_keys(self, seconds: int = 2, seed: int = 1) -> dict[str, float]:
        """Simulate the keys that are written in a few seconds; return the most write units a second by kind of key.

        Each turn is a real one under a session of its own choosing among those that are live at this rate; the marks of
        turns go where the real key function puts them.
        """
        chance = random.Random(seed)
        live = int(self._rate * self._assumed["traffic"]["seconds_between_turns"])
        counted = self._assumed["traffic"]["counted_turns"]
        bucket = epoch_seconds(START) // MARK_SECONDS
        busiest: dict[str, float] = {}
        for _ in range(seconds):
            units: Counter[str] = Counter()
            for _ in range(int(self._rate)):
                turn = chance.choice(self._turns)
                session = session_partition(f"live-{chance.randrange(live)}")
                for key, taken in turn.writes:
                    if not key.startswith("TURNS#"):
                        units[session if key.startswith("SESSION#") else key] += int(taken)
                    elif chance.random() < 1 / counted:
                        units[mark_partition(bucket, chance.randrange(MARK_SHARDS))] += int(taken)
            for key, total in units.items():
                kind = key.partition("#")[0]
                busiest[kind] = max(busiest.get(kind, 0), total)
        return busiest

    def busiest_incident_reads(self, seconds: int = 2, seed: int = 1) -> float:
        """Simulate which copy of the active incidents each turn reads; return the most read units a second of one.

        Reads are consistent, so that each takes a unit for every 4 KB; the copies are those of the real key function.
        """
        chance = random.Random(seed)
        live = int(self._rate * self._assumed["traffic"]["seconds_between_turns"])
        units = math.ceil(self._assumed["traffic"]["active_incidents_kilobytes"] / 4)
        busiest = 0
        for _ in range(seconds):
            copies = Counter(incidents_partition_for(f"live-{chance.randrange(live)}") for _ in range(int(self._rate)))
            busiest = max(busiest, *copies.values())
        return float(busiest * units)

    def concurrency(self) -> dict[str, float]:
        """Return how many environments of each function are busy at once, by Little's law."""
        return {
            name: self._rate * self.shares[one["share"]] * one["milliseconds"] / 1000
            for name, one in self._assumed["functions"].items()
        }

    def needs(self) -> dict[str, float]:
        """Return what is needed of each quota."""
        events = self.shares["handed_over"] * (1 + self._assumed["traffic"]["desk_events_a_hand_over"])
        return {
            "api_requests_a_second": self._rate * (1 + events),
            "lambda_concurrency": sum(self.concurrency().values()),
            # Where all of them come at once, as after an outage of everything before them.
            "lambda_environments_in_ten_seconds": max(self.concurrency().values()),
            "table_write_units_a_second": self._rate * self.write_units,
            "table_read_units_a_second": self._rate * self.read_units,
            "key_write_units_a_second": max(self.busiest_keys().values()),
            "key_read_units_a_second": self.busiest_incident_reads(),
            "events_a_second": self._rate * events,
        }

    def gives_way(self) -> list[dict[str, Any]]:
        """Return every quota with the turns a second at which it is reached, the first to give way first."""
        quotas = self._assumed["quotas"]
        rows = [
            {
                "quota": name,
                "limit": quotas[name],
                "needed": round(needed),
                "reached_at": round(self._rate * quotas[name] / needed),
            }
            for name, needed in self.needs().items()
        ]
        return sorted(rows, key=lambda row: float(row["reached_at"]))

    def costs(self) -> dict[str, float]:
        """Return what a million turns cost by component, US dollars."""
        prices, functions = self._assumed["prices"], self._assumed["functions"]
        workflow = self._assumed["workflow"]
        calls = sum(self.shares[one["share"]] for one in functions.values())
        gigabyte_seconds = sum(
            self.shares[one["share"]] * one["milliseconds"] / 1000 * one["megabytes"] / 1024
            for one in functions.values()
        )
        billed = -(-workflow["milliseconds"] // 100) * 0.1 * workflow["megabytes"] / 1024
        handed_over = self.shares["handed_over"]
        events = handed_over * (1 + self._assumed["traffic"]["desk_events_a_hand_over"])
        each = {
            "api_gateway": prices["api_request"] * (1 + events),
            "lambda": calls * prices["lambda_request"] + gigabyte_seconds * prices["lambda_gigabyte_second"],
            "step_functions": prices["express_request"] + billed * prices["express_gigabyte_second"],
            "dynamodb": self.write_units * prices["write_unit"] + self.read_units * prices["read_unit"],
            "eventbridge": events * prices["event"],
            "sqs": handed_over * 3 * prices["queue_request"],
            "logs": self._assumed["log_bytes_a_turn"] / 1e9 * prices["log_gigabyte"],
        }
        return {name: round(cost * MILLION, 2) for name, cost in each.items()}
