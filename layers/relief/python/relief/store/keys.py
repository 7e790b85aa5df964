"""Keys of the single table, derived from the caller's identifiers and nothing else.

Partition keys are hashes: traffic spreads evenly whatever identifiers a caller chooses, and no
identifier of a caller can collide with a reserved key. Decision and hand-over identifiers carry
both hashes, so that a record is found without an index.
"""

import re
from hashlib import sha256
from typing import NamedTuple

INCIDENT_COPIES = 16
"""Copies of the active incidents, all written in one transaction. Every turn reads one, and a key serves 3,000 reads a
second of 4 KB: at 10,000 turns a second a copy is read 625 times, so that 16 KB of incidents can be active."""

INCIDENT_RECORDS_KEY = "INCIDENT_RECORDS"
"""Partition of every incident's record; incidents are few."""

INCIDENT_SWEEP_KEY = "INCIDENT_SWEEP"
"""Partition of what the passes over the open hand-overs share: a generation, and a lease."""

FOLLOWUP_SHARDS = 8
"""Index keys that an incident's follow-up list is spread over: one takes 1,000 writes a second."""

MARK_SHARDS = 4
"""Keys that the marks of ten minutes' turns are spread over."""

MARK_SECONDS = 600
"""Length of the time that one partition of marks stands for, seconds."""

TOMBSTONE = "ERASED"
"""Sort key of the note that a session was erased, and when."""

POLICY_KEY = "POLICY"
"""Partition of the policy in force, its versions, its audit trail and what reviewers think of it."""

_RECORD_ID = re.compile(r"^(dec|hnd)_([0-9a-f]{32})_([0-9a-f]{24})$")


class Key(NamedTuple):
    """Primary key of an item."""

    pk: str
    sk: str

    def typed(self) -> dict[str, dict[str, str]]:
        """Return the key in DynamoDB's attribute format."""
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


def session_hash(session_id: str) -> str:
    """Return the 128-bit hash that stands for a session in keys."""
    return sha256(session_id.encode()).hexdigest()[:32]


def turn_hash(turn_id: str) -> str:
    """Return the 96-bit hash that stands for a turn within its session."""
    return sha256(turn_id.encode()).hexdigest()[:24]


def label_hash(label: str) -> str:
    """Return the 64-bit hash that stands for a caller's own label where it only has to be compared."""
    return sha256(label.encode()).hexdigest()[:16]


def session_partition(session_id: str) -> str:
    """Partition that holds everything of a session."""
    return f"SESSION#{session_hash(session_id)}"


def context_key(session_id: str) -> Key:
    """Key of the session's context."""
    return context_key_in(session_partition(session_id))


def context_key_in(session: str) -> Key:
    """Key of the context in a session's partition."""
    return Key(session, "CONTEXT")


def customer_partition(customer: str) -> str:
    """Partition that lists the sessions of a customer, who is known by keyed reference."""
    return f"CUSTOMER#{customer}"


def listing_key(customer: str, session: str) -> Key:
    """Key under which a session's partition is listed for a customer."""
    return Key(customer_partition(customer), session)


def latest_key(customer: str) -> Key:
    """Key of the entry that leads to a customer's last session."""
    return Key(customer_partition(customer), "LATEST")


def tombstone_key(session: str) -> Key:
    """Key of what an erasure leaves in a session's partition."""
    return Key(session, TOMBSTONE)


def customer_tombstone_key(mark: str) -> Key:
    """Key of what a customer's erasure leaves. ``mark`` is a hash of its own purpose: it joins with nothing."""
    return Key(f"{TOMBSTONE}#{mark}", TOMBSTONE)


def decision_id(session_id: str, turn_id: str) -> str:
    """Return the decision's identifier: the same turn always has the same one."""
    return f"dec_{session_hash(session_id)}_{turn_hash(turn_id)}"


def handoff_id(session_id: str, turn_id: str) -> str:
    """Return the identifier of the hand-over that this turn would start."""
    return f"hnd_{session_hash(session_id)}_{turn_hash(turn_id)}"


def reply_key(session_id: str, turn_id: str) -> Key:
    """Key of the note that a turn's answer was said to the customer by an adapter."""
    return Key(session_partition(session_id), f"REPLY#{turn_hash(turn_id)}")


def review_key(decision_id: str) -> Key | None:
    """Key of the review of a decision, in its session's partition; ``None`` when the identifier is not one of ours."""
    match = _RECORD_ID.fullmatch(decision_id)
    if match is None or match[1] != "dec":
        return None
    return Key(f"SESSION#{match[2]}", f"REVIEW#{match[3]}")


def active_policy_key() -> Key:
    """Key of the policy in force."""
    return Key(POLICY_KEY, "ACTIVE")


def policy_version_key(version: str) -> Key:
    """Key of a stored version."""
    return Key(POLICY_KEY, f"VERSION#{version}")


def policy_change_key(revision: int) -> Key:
    """Key of an entry of the audit trail; later ones sort after earlier ones."""
    return Key(POLICY_KEY, f"CHANGE#{revision:012d}")


def agreement_key(judgement: str) -> Key:
    """Key of the counters of agreement with one judgement, for all its journeys."""
    return Key(POLICY_KEY, f"AGREEMENT#{judgement}")


def event_key(handoff_id: str, event_id: str) -> Key | None:
    """Key of an event of a hand-over; ``None`` when the hand-over's identifier is not one of ours."""
    return _key_beside(handoff_id, "EVENT", f"#{turn_hash(event_id)}")


def feedback_key(handoff_id: str) -> Key | None:
    """Key of the verdict on a hand-over; ``None`` as above."""
    return _key_beside(handoff_id, "FEEDBACK", "")


def outcome_key(session_id: str) -> Key:
    """Key of how a session ended."""
    return Key(session_partition(session_id), "OUTCOME")


def ledger_key(session: str) -> Key:
    """Key of what is kept of a session, known by its hash, to measure it."""
    return Key(f"SESSION#{session}", "MEASURE")


def contacts_key(customer: str) -> Key:
    """Key of when a customer came about what, to tell repeated contacts."""
    return Key(customer_partition(customer), "CONTACTS")


def figures_partition(dimension: str, shard: int) -> str:
    """Partition that holds one shard of the counters of a dimension, in the order of days."""
    return f"FIGURES#{dimension}#{shard}"


def folded_partition(dimension: str) -> str:
    """Partition that holds a dimension's counters of whole days, one item a day."""
    return f"FIGURES#{dimension}#folded"


def fold_mark_key(dimension: str) -> Key:
    """Key of how often counters of a dimension were folded. It sorts after every day."""
    return Key(folded_partition(dimension), "MARK")


def delivery_key(handoff_id: str, target: str) -> Key | None:
    """Key of a hand-over's delivery to a target; ``None`` as above."""
    return _key_beside(handoff_id, "DELIVERY", f"#{turn_hash(target)}")


def _key_beside(handoff_id: str, kind: str, rest: str) -> Key | None:
    match = _RECORD_ID.fullmatch(handoff_id)
    if match is None or match[1] != "hnd":
        return None
    return Key(f"SESSION#{match[2]}", f"{kind}#{match[3]}{rest}")


def incidents_partition(copy: int) -> str:
    """Partition of a copy of the active incidents."""
    return f"INCIDENTS#{copy}"


def incidents_partition_for(session_id: str) -> str:
    """Partition of the copy that a session's turns read, always the same one."""
    return incidents_partition(int(session_hash(session_id)[:8], 16) % INCIDENT_COPIES)


def active_incident_keys(incident_id: str) -> list[Key]:
    """Keys of an active incident, one in each copy."""
    return [Key(incidents_partition(copy), f"ACTIVE#{incident_id}") for copy in range(INCIDENT_COPIES)]


def incident_record_key(incident_id: str) -> Key:
    """Key of an incident's record."""
    return Key(INCIDENT_RECORDS_KEY, incident_id)


def followup_key(session_id: str, incident_id: str) -> Key:
    """Key of what a session's customer was promised in an incident; in the session's partition, and erased with it."""
    return Key(session_partition(session_id), followup_sort_key(incident_id))


def followup_sort_key(incident_id: str) -> str:
    """Sort key of what any session's customer was promised in an incident."""
    return f"FOLLOWUP#{turn_hash(incident_id)}"


def untold_key(session_id: str, incident_id: str) -> Key:
    """Key of the note that a session's customer is still to be told what they were promised."""
    return Key(session_partition(session_id), f"{followup_sort_key(incident_id)}#UNTOLD")


def followup_list(session_id: str, incident_id: str) -> str:
    """Index key of the shard of an incident's follow-up list that a session is on."""
    return followup_lists(incident_id)[int(session_hash(session_id)[:8], 16) % FOLLOWUP_SHARDS]


def followup_lists(incident_id: str) -> list[str]:
    """Index keys of all shards of an incident's follow-up list. No queue's name has a dot in it."""
    return [f"followups.{turn_hash(incident_id)}.{shard}" for shard in range(FOLLOWUP_SHARDS)]


def mark_partition(bucket: int, shard: int) -> str:
    """Partition of the marks of ten minutes' turns, counted from 1970."""
    return f"TURNS#{bucket}#{shard}"


def record_key(identifier: str) -> Key | None:
    """Key of a decision or hand-over by its identifier; ``None`` when it is not one of ours."""
    match = _RECORD_ID.fullmatch(identifier)
    if match is None:
        return None
    kind, session, turn = match.groups()
    return Key(f"SESSION#{session}", f"{'DECISION' if kind == 'dec' else 'HANDOFF'}#{turn}")
