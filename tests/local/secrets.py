"""Makes the template's secrets, which moto's CloudFormation does not create."""

import json
import secrets
import string
from collections.abc import Iterable
from typing import Any, Final

_LETTERS_AND_DIGITS: Final = string.ascii_letters + string.digits
_DEFAULT_LENGTH: Final = 32


def create_secrets(client: Any, wanted: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Create each secret under its physical name.

    Parameters
    ----------
    client
        A boto3 client of Secrets Manager.
    wanted
        Physical name and the properties that the template gives, `SecretString` or `GenerateSecretString`.
    """
    for name, properties in wanted:
        client.create_secret(Name=name, SecretString=_value(properties))


def _value(properties: dict[str, Any]) -> str:
    rules = properties.get("GenerateSecretString")
    if rules is None:
        return str(properties["SecretString"])
    generated = "".join(
        secrets.choice(_LETTERS_AND_DIGITS) for _ in range(int(rules.get("PasswordLength", _DEFAULT_LENGTH)))
    )
    if "GenerateStringKey" not in rules:
        return generated
    document = json.loads(rules.get("SecretStringTemplate", "{}"))
    return json.dumps({**document, rules["GenerateStringKey"]: generated})
