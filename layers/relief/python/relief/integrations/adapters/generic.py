"""Any other system that can sign a request but fetch no token: ``{"session_id": "...", "turn": {...}}``.

The turn is that of ``POST /v1/sessions/{session_id}/turns``; fields that it does not know are ignored here, at the
top of it.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from relief.contracts.foreign import SignedTurn
from relief.contracts.problem import FieldProblem
from relief.contracts.turn import TurnRequest
from relief.errors import RequestInvalid
from relief.integrations.adapters.incoming import Incoming

_KNOWN = frozenset(TurnRequest.model_fields)


def read_signed_turn(document: Mapping[str, Any]) -> Incoming:
    """Return the turn of a webhook.

    Raises:
        RequestInvalid: there is no session or no turn in it.
    """
    try:
        signed = SignedTurn.model_validate(document)
    except ValidationError as error:
        names = sorted({str(problem["loc"][0]) for problem in error.errors()})
        problems = tuple(FieldProblem(field=name, message="is missing or of another type") for name in names)
        message = f"Check {', '.join(names)}."
        raise RequestInvalid(message, problems) from error
    turn = {name: value for name, value in signed.turn.items() if name in _KNOWN}
    return Incoming(signed.session_id, turn)
