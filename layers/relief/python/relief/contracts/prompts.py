"""A prompt as it is handed to the integrator's own model."""

from relief.contracts.model import LenientContract


class RenderedPrompt(LenientContract):
    """A versioned prompt with a session's redacted context in it. ``user`` goes before the customer's own message."""

    name: str
    version: int
    purpose: str
    session_id: str
    turn: int
    system: str
    user: str
