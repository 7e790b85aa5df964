"""A prompt as it is named to the integrator, and as it is handed to the integrator's own model."""

from pydantic import Field

from relief.contracts.model import LenientContract


class PromptReference(LenientContract):
    """A prompt's name, and the version of it that is in force."""

    name: str
    version: int = Field(ge=1)


class RenderedPrompt(LenientContract):
    """A versioned prompt with a session's redacted context in it. ``user`` goes before the customer's own message."""

    name: str
    version: int
    purpose: str
    session_id: str
    turn: int
    system: str
    user: str
