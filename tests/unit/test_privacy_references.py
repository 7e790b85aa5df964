"""Keyed references: stable, unlinkable without the key, found across a rotation."""

import base64
import json
import re

import pytest
from pydantic import SecretStr, ValidationError

from relief.privacy.references import ReferenceKeys, hash_reference

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def secret(current: str, **keys: bytes) -> str:
    return json.dumps(
        {"current": current, "keys": {name: base64.b64encode(key).decode() for name, key in keys.items()}}
    )


def test_given_a_reference_when_hashed_then_it_is_short_url_safe_and_names_its_key() -> None:
    assert re.fullmatch(r"k1\.[A-Za-z0-9_-]{22}", hash_reference("customer 4711", OLD, "customer"))


def test_given_the_same_reference_when_hashed_then_only_key_and_purpose_change_the_hash() -> None:
    assert hash_reference("c-1", OLD, "customer") == hash_reference("c-1", OLD, "customer")
    others = {
        hash_reference("c-1", NEW, "customer"),
        hash_reference("c-1", OLD, "agent"),
        hash_reference("c-2", OLD, "customer"),
    }
    assert len(others | {hash_reference("c-1", OLD, "customer")}) == 4


def test_given_purpose_and_reference_when_their_border_moves_then_the_hash_differs() -> None:
    assert hash_reference("bc", OLD, "a") != hash_reference("c", OLD, "ab")


def test_given_a_rotation_when_a_reference_is_looked_up_then_the_old_hash_is_a_candidate() -> None:
    before = ReferenceKeys.from_secret(secret("k1", k1=OLD))
    after = ReferenceKeys.from_secret(SecretStr(secret("k2", k1=OLD, k2=NEW)))
    assert after.candidates("c-1") == (after.hash("c-1"), before.hash("c-1"))
    assert after.hash("c-1").startswith("k2.")


def test_given_url_safe_unpadded_base64_when_parsed_then_the_key_is_the_same() -> None:
    key = bytes([255]) * 32
    written = base64.urlsafe_b64encode(key).decode().rstrip("=")
    keys = ReferenceKeys.from_secret(json.dumps({"current": "k1", "keys": {"k1": written}}))
    assert keys.hash("c") == hash_reference("c", key, "customer")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "not json",
        secret("k9", k1=OLD),
        secret("k1", k1=b"short"),
        '{"current":"k1","keys":{"k1":"***"}}',
        secret("k1", k1=OLD)[:-1] + ',"x":1}',
    ],
)
def test_given_a_bad_secret_when_parsed_then_it_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ReferenceKeys.from_secret(text)
    assert base64.b64encode(OLD).decode() not in str(caught.value)


def test_given_keys_when_shown_then_their_material_is_not() -> None:
    shown = repr(ReferenceKeys.from_secret(secret("k1", k1=OLD)))
    assert "\\x00" not in shown
    assert "**" in shown
