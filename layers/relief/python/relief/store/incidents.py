"""Incidents in the single table: records, the active ones that turns read, follow-ups, and what passes share."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from relief.contracts.handoff import Handoff
from relief.contracts.incident import Followup, Incident, IncidentRecord, SweepReport, TurnMark
from relief.contracts.vocabulary import HandoffState, IncidentState
from relief.settings import Settings
from relief.store.dynamodb import QUICK, read_batch, was_refused
from relief.store.incident_ports import WaitingHandoff
from relief.store.items import (
    dump_active,
    dump_followup,
    dump_incident_record,
    epoch_seconds,
    load_context,
    load_followup,
    load_handoff,
    load_incident_record,
    load_incidents,
)
from relief.store.keys import (
    INCIDENT_RECORDS_KEY,
    INCIDENT_SWEEP_KEY,
    Key,
    active_incident_keys,
    context_key,
    followup_key,
    followup_lists,
    followup_sort_key,
    incident_record_key,
    incidents_partition,
    mark_partition,
    record_key,
    untold_key,
)
from relief.store.writes import Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_RACED: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_INDEX: Final = "worklist"
_GENERATION: Final = Key(INCIDENT_SWEEP_KEY, "GENERATION")
_LEASE: Final = Key(INCIDENT_SWEEP_KEY, "LEASE")
_KEPT_DAYS: Final = 400
"""Life of the generation's counter after the last change; it may start anew after a year without incidents."""


class IncidentTable:
    """Everything of incident mode that the single table holds."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._settings = settings
        self._name = settings.table_name

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=QUICK)

    def list_records(self, now: datetime) -> list[IncidentRecord]:
        """Return every incident's record that has not expired."""
        found = [load_incident_record(item, now) for item in self._query_all(INCIDENT_RECORDS_KEY)]
        return [one for one in found if one is not None]

    def find_record(self, incident_id: str, now: datetime) -> IncidentRecord | None:
        """Return an incident's record; ``None`` when there is none."""
        return load_incident_record(self._get(incident_record_key(incident_id)), now)

    def list_active(self, now: datetime) -> list[Incident]:
        """Return the active incidents as turns read them; every copy holds the same."""
        return load_incidents(self._query_all(incidents_partition(0)), now)

    def save(self, record: IncidentRecord, seen_version: int) -> bool:
        """Write a record's next version (seen 0: the first); ``False`` when somebody else was first.

        The same transaction switches it on or off in every copy that turns read, so that no turn meets half a change
        and every turn that begins afterwards heeds it.
        """
        last = max(record.expires_at, record.audit[-1].at if record.audit else record.declared_at)
        keep_until = last + timedelta(seconds=self._settings.handoff_seconds)
        put: dict[str, Any] = {"TableName": self._name, "Item": dump_incident_record(record, keep_until)}
        if seen_version:
            put["ConditionExpression"] = "version = :seen"
            put["ExpressionAttributeValues"] = {":seen": {"N": str(seen_version)}}
        else:
            put["ConditionExpression"] = "attribute_not_exists(pk)"
        writes: list[Write] = [{"Put": put}]
        if record.state is IncidentState.active:
            writes += [{"Put": {"TableName": self._name, "Item": item}} for item in dump_active(record.active())]
        else:
            keys = active_incident_keys(record.incident_id)
            writes += [{"Delete": {"TableName": self._name, "Key": key.typed()}} for key in keys]
        writes.append(self._count_change(last))
        return self.commit(writes)

    def _count_change(self, at: datetime) -> Write:
        expires = epoch_seconds(at + timedelta(days=_KEPT_DAYS))
        return {
            "Update": {
                "TableName": self._name,
                "Key": _GENERATION.typed(),
                "UpdateExpression": "SET expires_at = :expires ADD generation :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}, ":expires": {"N": str(expires)}},
            }
        }

    def read_generation(self) -> int:
        """Return how often incidents have changed."""
        item = self._get(_GENERATION)
        return int(item["generation"]["N"]) if item else 0

    def note_swept(self, generation: int, now: datetime) -> None:
        """Note that a pass has seen this many changes to their end, now."""
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_GENERATION.typed(),
                UpdateExpression="SET swept = :swept, swept_at = :now",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":swept": {"N": str(generation)}, ":now": {"N": str(epoch_seconds(now))}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def is_swept(self, since: datetime) -> bool:
        """Tell whether a pass that ended ``since`` has seen the last change; as good as swept before the first one."""
        item = self._get(_GENERATION)
        if item is None:
            return True
        swept_at = int(item["swept_at"]["N"]) if "swept_at" in item else 0
        return item["generation"] == item.get("swept") and swept_at >= epoch_seconds(since)

    def take_lease(self, run: str, until: datetime, now: datetime) -> bool:
        """Let one run at a time work; ``False`` while another has the lease. Taking it again prolongs it."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item={**_LEASE.typed(), "run": {"S": run}, "expires_at": {"N": str(epoch_seconds(until))}},
                ConditionExpression="attribute_not_exists(pk) OR #run = :run OR expires_at <= :now",
                ExpressionAttributeNames={"#run": "run"},
                ExpressionAttributeValues={":run": {"S": run}, ":now": {"N": str(epoch_seconds(now))}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def release_lease(self, run: str) -> None:
        """Let the next run work."""
        try:
            self._client.delete_item(
                TableName=self._name,
                Key=_LEASE.typed(),
                ConditionExpression="#run = :run",
                ExpressionAttributeNames={"#run": "run"},
                ExpressionAttributeValues={":run": {"S": run}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def list_open(self, queue: str, limit: int, start: str | None, now: datetime) -> tuple[list[Handoff], str | None]:
        """Return a page of a queue's waiting hand-overs as the index has them, and where the next page starts."""
        page, following = self._query_index(f"{queue}#{HandoffState.queued.value}", limit, start)
        found = [load_handoff(item, now) for item in page]
        return [one for one in found if one is not None], following

    def read_waiting(
        self, queue: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[WaitingHandoff], str | None]:
        """Return a page of a queue's waiting hand-overs with their sessions, and where the next page starts.

        The index finds them; what is decided on is read again from the table itself, which is never behind.
        """
        listed, following = self.list_open(queue, min(limit, 50), start, now)
        keys = [(record_key(one.handoff_id), context_key(one.session_id)) for one in listed]
        wanted = [key for pair in keys for key in pair if key is not None]
        items = read_batch(self._client, self._name, wanted) if wanted else {}
        waiting = []
        for handoff, context in keys:
            fresh = load_handoff(items.get(handoff), now) if handoff else None
            if fresh is not None and fresh.state is HandoffState.queued:
                waiting.append(WaitingHandoff(fresh, load_context(items.get(context), now)))
        return waiting, following

    def read_again(self, handoff_id: str, session_id: str, now: datetime) -> WaitingHandoff | None:
        """Return a hand-over and its session as they stand; ``None`` when it does not wait any more."""
        key = record_key(handoff_id)
        if key is None:
            return None
        items = read_batch(self._client, self._name, [key, context_key(session_id)])
        fresh = load_handoff(items.get(key), now)
        if fresh is None or fresh.state is not HandoffState.queued:
            return None
        return WaitingHandoff(fresh, load_context(items.get(context_key(session_id)), now))

    def commit(self, writes: Sequence[Write]) -> bool:
        """Run the writes as one transaction; ``False`` when somebody else was first, and nothing was written."""
        try:
            self._client.transact_write_items(TransactItems=list(writes))  # type: ignore[arg-type] # typed by the models
        except ClientError as error:
            if was_refused(error, _RACED):
                return False
            raise
        return True

    def list_followups(
        self, incident_id: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[Followup], str | None]:
        """Return a page of an incident's follow-up list, and where the next page starts."""
        place, position = json.loads(start) if start else (0, None)
        places = [f"{one}#open" for one in followup_lists(incident_id)]
        found: list[Followup] = []
        while place < len(places):
            page, following = self._query_index(places[place], limit - len(found), position)
            found += [one for one in (load_followup(item, now) for item in page) if one is not None]
            place, position = (place, following) if following else (place + 1, None)
            if len(found) >= limit:
                break
        return found, json.dumps([place, position]) if place < len(places) else None

    def read_untold(self, incident_id: str, limit: int, now: datetime) -> list[Followup]:
        """Return some of those customers who are still to be told at once, as the table itself has it."""
        found: list[Followup] = []
        for one in followup_lists(incident_id):
            position = None
            while len(found) < limit:
                page, position = self._query_index(f"{one}#untold", limit, position)
                found += self._read_promises([item["pk"]["S"] for item in page], incident_id, now)
                if position is None:
                    break
        return found[:limit]

    def _read_promises(self, partitions: Sequence[str], incident_id: str, now: datetime) -> list[Followup]:
        """Return what is still to be told of what these sessions were promised."""
        keys = [Key(one, followup_sort_key(incident_id)) for one in partitions]
        items = read_batch(self._client, self._name, keys) if keys else {}
        found = (load_followup(item, now) for item in items.values())
        return [one for one in found if one is not None and one.say]

    def mark_told(self, followups: Sequence[Followup]) -> None:
        """Note that these customers were told. What was erased or promised anew meanwhile stays as it is."""
        writes = [write for one in followups for write in self._told(one)]
        if writes and not self.commit(writes):
            for write in writes:
                self.commit([write])

    def _told(self, followup: Followup) -> list[Write]:
        item = dump_followup(followup.model_copy(update={"say": ""}), followup.promised_at)
        key = {
            "TableName": self._name,
            "ConditionExpression": "#rank = :rank",
            "ExpressionAttributeNames": {"#rank": "rank"},
        }
        return [
            {
                "Update": {
                    **key,
                    "Key": followup_key(followup.session_id, followup.incident_id).typed(),
                    "UpdateExpression": "SET doc = :doc",
                    "ExpressionAttributeValues": {":rank": item["rank"], ":doc": item["doc"]},
                }
            },
            {
                "Delete": {
                    **key,
                    "Key": untold_key(followup.session_id, followup.incident_id).typed(),
                    "ExpressionAttributeValues": {":rank": item["rank"]},
                }
            },
        ]

    def note_sweep(self, incident_id: str, report: SweepReport) -> None:
        """Keep what a pass did for an incident with its record."""
        try:
            self._client.update_item(
                TableName=self._name,
                Key=incident_record_key(incident_id).typed(),
                UpdateExpression="SET sweep = :report",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":report": {"S": report.model_dump_json()}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def read_marks(self, bucket: int, shard: int, limit: int) -> list[tuple[str, int, TurnMark]]:
        """Return at most so many marks of ten minutes' turns, by key: the key, when, and where the turn stood."""
        page = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": {"S": mark_partition(bucket, shard)}},
            Limit=limit,
        )
        return [
            (item["sk"]["S"], int(item["at"]["N"]), TurnMark.model_validate_json(item["doc"]["S"]))
            for item in page["Items"]
        ]

    def _get(self, key: Key) -> dict[str, Any] | None:
        return self._client.get_item(TableName=self._name, Key=key.typed(), ConsistentRead=True).get("Item")

    def _query_all(self, partition: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        query: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :partition",
            "ExpressionAttributeValues": {":partition": {"S": partition}},
            "ConsistentRead": True,
        }
        while True:
            page: dict[str, Any] = dict(self._client.query(**query))
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                return items
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _query_index(self, place: str, limit: int, start: str | None) -> tuple[list[dict[str, Any]], str | None]:
        query: dict[str, Any] = {
            "TableName": self._name,
            "IndexName": _INDEX,
            "KeyConditionExpression": "queue_state = :place",
            "ExpressionAttributeValues": {":place": {"S": place}},
            "Limit": limit,
        }
        if start is not None:
            query["ExclusiveStartKey"] = json.loads(start)
        page: dict[str, Any] = dict(self._client.query(**query))
        following = page.get("LastEvaluatedKey")
        return page["Items"], json.dumps(following) if following else None
