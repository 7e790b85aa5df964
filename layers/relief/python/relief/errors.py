"""The one hierarchy of errors. ``relief.api.problems`` maps it to HTTP, once."""

from relief.contracts.problem import FieldProblem


class ReliefError(Exception):
    """Base of every error that this package raises on purpose. ``detail`` is safe to show to a caller."""

    status = 500
    slug = "internal-error"
    title = "Something went wrong on our side"

    def __init__(self, detail: str, errors: tuple[FieldProblem, ...] = ()) -> None:
        """Keep what the caller may read: a sentence, and a problem for each field concerned."""
        super().__init__(detail)
        self.detail = detail
        self.errors = errors


class RequestNotJson(ReliefError):
    """The body is not JSON, or not a JSON object."""

    status = 400
    slug = "not-json"
    title = "The body is not JSON"


class ScopeMissing(ReliefError):
    """The token does not carry the scope that the route needs."""

    status = 403
    slug = "scope-missing"
    title = "The token does not allow this"


class SessionForbidden(ReliefError):
    """The token is tied to another session, or to none where it must be."""

    status = 403
    slug = "session-forbidden"
    title = "The token does not allow this session"


class NotFound(ReliefError):
    """Nothing is stored under this identifier, or it has expired."""

    status = 404
    slug = "not-found"
    title = "Not found"


class TurnConflict(ReliefError):
    """The same ``turn_id`` was posted before with another body."""

    status = 409
    slug = "turn-conflict"
    title = "This turn_id was used for another turn"


class EventConflict(ReliefError):
    """The same ``event_id`` was posted before with another body."""

    status = 409
    slug = "event-conflict"
    title = "This event_id was used for another event"


class IncidentConflict(ReliefError):
    """Somebody else has changed the incident, its identifier is taken, or its state does not allow this."""

    status = 409
    slug = "incident-conflict"
    title = "The incident does not stand as this request takes it to"


class PolicyConflict(ReliefError):
    """Another policy is in force than the caller believes, or a version's name stands for something else."""

    status = 409
    slug = "policy-conflict"
    title = "The policy in force is another one"


class RequestTooLarge(ReliefError):
    """The body is over the limit."""

    status = 413
    slug = "too-large"
    title = "The body is too large"


class RequestInvalid(ReliefError):
    """A field is missing, unknown, or out of its bounds."""

    status = 422
    slug = "invalid-field"
    title = "A field is not valid"


class TooManyRequests(ReliefError):
    """The caller is faster than its share."""

    status = 429
    slug = "too-many-requests"
    title = "Too many requests"


class Unavailable(ReliefError):
    """A part that the request cannot do without is down; sending the same request again is safe."""

    status = 503
    slug = "unavailable"
    title = "Not possible at the moment"


class SignatureInvalid(ReliefError):
    """A webhook's signature is missing, wrong, or too old."""

    status = 401
    slug = "signature-invalid"
    title = "The signature is not valid"


class DeliveryDelayed(ReliefError):
    """A desk could not be reached, or asked to come later. ``detail`` is a status or the kind of an error."""

    def __init__(self, detail: str, wait_seconds: float | None = None) -> None:
        """Keep why, and for how long the desk asked to be left alone; ``None``: it did not say."""
        super().__init__(detail)
        self.wait_seconds = wait_seconds


class DeliveryRefused(ReliefError):
    """A desk will not take this hand-over, however often it is sent. ``detail`` as above."""


class StageInputInvalid(ReliefError):
    """A stage received what the stage before it must never send. The workflow catches it by this name."""


class DataFileInvalid(ReliefError):
    """A policy, phrase, journey, text or routing file does not validate: names file, place and cure."""


class SettingsInvalid(ReliefError):
    """An environment variable is missing or malformed."""
