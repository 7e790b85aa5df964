"""A stored item as its owner may read it: everything in it, opened."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from relief.contracts.stored import StoredRecord
from relief.store.items import is_expired, read_memory
from relief.store.keys import TOMBSTONE
from relief.store.packed import MARK, unpack

_HOUSEKEEPING = frozenset({"pk", "sk", "expires_at"})
_MEMORY = "doc"


def describe_item(item: Mapping[str, Any], now: datetime) -> StoredRecord | None:
    """Return an item with the documents in it opened; ``None`` when it has expired or is a tombstone.

    It goes by what the item holds, not by a list of fields, so that nothing that is stored can be left out.
    """
    kind = item["sk"]["S"].partition("#")[0]
    if kind == TOMBSTONE or is_expired(item, now):
        return None
    content = {name: _open(value) for name, value in item.items() if name not in _HOUSEKEEPING}
    if kind == "CONTEXT" and _MEMORY in item:
        content[_MEMORY] = read_memory(item, now)
    expires = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
    return StoredRecord(kind=kind.lower(), expires_at=expires, content=content)


def _open(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever was stored
    if "N" in value:
        number = float(value["N"])
        return int(number) if number.is_integer() else number
    text = next(iter(value.values()))
    if not isinstance(text, str) or not text.startswith(("{", "[", MARK)):
        return text
    try:
        return json.loads(unpack(text))
    except ValueError:
        return text
