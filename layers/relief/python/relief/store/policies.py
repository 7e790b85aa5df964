"""The policy in the single table: the one in force, its versions, its audit trail, and how reviewers agree with it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from relief.contracts.model import LenientContract
from relief.contracts.policy import ActivePolicy, PolicyChange, StoredPolicy
from relief.settings import Settings
from relief.store.dynamodb import QUICK, read_batch, was_refused
from relief.store.items import epoch_seconds, is_expired
from relief.store.keys import (
    POLICY_KEY,
    Key,
    active_policy_key,
    agreement_key,
    policy_change_key,
    policy_version_key,
)
from relief.store.ports import PolicyReading, PolicyUnavailable
from relief.store.review_items import load_counts
from relief.store.writes import absent_at

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_Document = TypeVar("_Document", bound=LenientContract)
_KEPT: Final = timedelta(days=3650)
"""Policies are no customer's data; their time to live only keeps what nobody uses from lasting for ever."""

# A turn reads the policy once in a while and waits for it no longer than this; the last good one decides instead.
HASTY: Final = Config(connect_timeout=0.2, read_timeout=0.4, retries={"total_max_attempts": 1})
_RACED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class PolicyTable:
    """Versions of the policy in the single table."""

    def __init__(self, settings: Settings, config: Config = QUICK) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._name = settings.table_name
        self._config = config

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=self._config)

    def read_in_force(self, judgement: str, now: datetime) -> PolicyReading:
        """Return the policy in force and the agreement with a judgement, in one round trip.

        Raises:
            PolicyUnavailable: the table does not answer in time, or what it holds cannot be read.
        """
        active, agreement = active_policy_key(), agreement_key(judgement)
        try:
            items = read_batch(self._client, self._name, (active, agreement))
            return PolicyReading(_load(items.get(active), ActivePolicy, now), load_counts(items.get(agreement), now))
        except (BotoCoreError, ClientError) as error:
            message = "the table does not answer"
            raise PolicyUnavailable(message) from error
        except (KeyError, ValueError, ValidationError) as error:
            message = "what is stored cannot be read"
            raise PolicyUnavailable(message) from error

    def find_version(self, version: str, now: datetime) -> StoredPolicy | None:
        """Return a stored version; ``None`` when there is none."""
        key = policy_version_key(version).typed()
        answer = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True)
        return _load(answer.get("Item"), StoredPolicy, now)

    def list_versions(self, limit: int, start: str | None, now: datetime) -> tuple[list[StoredPolicy], str | None]:
        """Return a page of the stored versions by name, and where the next page starts."""
        query = self._query("VERSION#", Limit=limit)
        if start is not None:
            query["ExclusiveStartKey"] = policy_version_key(start).typed()
        page = self._client.query(**query)
        following = page.get("LastEvaluatedKey")
        return list(_load_all(page["Items"], StoredPolicy, now)), (
            following["sk"]["S"].partition("#")[2] if following else None
        )

    def list_changes(self, limit: int, now: datetime) -> list[PolicyChange]:
        """Return the last entries of the audit trail, newest first."""
        page = self._client.query(**self._query("CHANGE#", Limit=limit, ScanIndexForward=False))
        return list(_load_all(page["Items"], PolicyChange, now))

    def switch(self, active: ActivePolicy, outgoing: StoredPolicy, change: PolicyChange) -> bool:
        """Put a version in force, with its audit entry; ``False`` when somebody else was first.

        The first switch keeps the outgoing version too, so that there is always a way back; later ones find it stored.
        A version's name stands for one content for ever: the same name with another is refused like a lost race.
        """
        versions = [active] if active.revision > 1 else [active, outgoing]
        writes = [
            self._put(active_policy_key(), active, change.at, self._if_revision(active.revision - 1)),
            self._put(policy_change_key(change.revision), change, change.at, absent_at(change.at)),
            *(self._put_version(one, change.at) for one in versions),
        ]
        try:
            self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type] # typed by the models
        except ClientError as error:
            if was_refused(error, _RACED):
                return False
            raise
        return True

    def _put_version(self, version: StoredPolicy, now: datetime) -> dict[str, Any]:
        stored = StoredPolicy.model_validate(version.model_dump())
        same = {
            "ConditionExpression": "attribute_not_exists(pk) OR content = :content OR expires_at <= :now",
            "ExpressionAttributeValues": {
                ":content": {"S": stored.content},
                ":now": {"N": str(epoch_seconds(now))},
            },
        }
        return self._put(policy_version_key(stored.version), stored, now, same)

    def _put(self, key: Key, document: LenientContract, now: datetime, condition: dict[str, Any]) -> dict[str, Any]:
        item: dict[str, Any] = {
            **key.typed(),
            "doc": {"S": document.model_dump_json()},
            "expires_at": {"N": str(epoch_seconds(now + _KEPT))},
        }
        if isinstance(document, ActivePolicy):
            item["revision"] = {"N": str(document.revision)}
        if isinstance(document, StoredPolicy):
            item["content"] = {"S": document.content}
        return {"Put": {"TableName": self._name, "Item": item, **condition}}

    @staticmethod
    def _if_revision(revision: int) -> dict[str, Any]:
        if revision == 0:
            return {"ConditionExpression": "attribute_not_exists(pk)"}
        return {
            "ConditionExpression": "revision = :seen",
            "ExpressionAttributeValues": {":seen": {"N": str(revision)}},
        }

    def _query(self, prefix: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - the client's own options
        return {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :partition AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {":partition": {"S": POLICY_KEY}, ":prefix": {"S": prefix}},
            "ConsistentRead": True,
            **options,
        }


def _load(item: Any, model: type[_Document], now: datetime) -> _Document | None:  # noqa: ANN401 - a type of the stubs
    if not item or is_expired(item, now):
        return None
    return model.model_validate_json(item["doc"]["S"])


def _load_all(items: Any, model: type[_Document], now: datetime) -> Iterator[_Document]:  # noqa: ANN401 - as above
    for item in items:
        found = _load(item, model, now)
        if found is not None:
            yield found
