"""Fetch the keys for references from Secrets Manager, once per process."""

import json
from functools import lru_cache

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from relief.observability import logger
from relief.privacy.references import ReferenceKeys

_QUICK = Config(connect_timeout=0.5, read_timeout=1.0, retries={"total_max_attempts": 2, "mode": "standard"})


def parse_secret(secret: str) -> ReferenceKeys:
    """Return the keys of a secret, in either of its two forms.

    The template generates ``{"current": "k1", "k1": "<64 letters and digits>"}``, because a generated string can
    only be a member of the document itself; whoever rotates keys may write the nested form that ``ReferenceKeys``
    documents, or add ``k2`` beside ``k1``. Key material is base64 of at least 32 bytes in both.

    Raises:
        ValueError: the secret is in neither form.
    """
    document = json.loads(secret)
    if isinstance(document, dict) and "keys" not in document:
        document = {"current": document.pop("current", None), "keys": document}
    return ReferenceKeys.model_validate(document)


@lru_cache(maxsize=1)
def _fetch(secret_id: str) -> ReferenceKeys:
    client = boto3.client("secretsmanager", config=_QUICK)
    return parse_secret(client.get_secret_value(SecretId=secret_id)["SecretString"])


def load_reference_keys(secret_id: str) -> ReferenceKeys | None:
    """Return the keys, or ``None`` while they cannot be had: a turn is answered without them.

    A failure is not remembered; the next turn tries again.
    """
    try:
        return _fetch(secret_id)
    except (BotoCoreError, ClientError, ValidationError, ValueError) as error:
        logger.error("The keys for references cannot be read.", error_type=type(error).__name__)
        return None
