"""What the console's page is told before anybody has signed in: how to sign in, and the installation's vocabulary."""

from typing import Annotated, Literal

from pydantic import Field

from relief.contracts.model import Contract, LenientContract

_Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=512)]


class HostedSignIn(Contract):
    """Sign-in by the identity provider's own page: authorisation code with PKCE, a public client, no secret."""

    kind: Literal["hosted"] = "hosted"
    authorize_url: _Url
    token_url: _Url
    sign_out_url: _Url | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=256)]
    scopes: list[str] = Field([], description="Scopes to ask for; absent: all that the console can use.")


class RolePicker(Contract):
    """Sign-in on a developer's machine: the local stack issues a token for the role that is picked."""

    kind: Literal["role_picker"] = "role_picker"
    token_path: Annotated[str, Field(pattern=r"^/[a-z/_-]+$")]


SignIn = Annotated[HostedSignIn | RolePicker, Field(discriminator="kind")]


class ConsoleJourney(LenientContract):
    """A journey as the console's forms need it."""

    name: str
    steps: list[str]
    slots: dict[str, str] = Field(description="By name, the slot's label in English.")


class ConsoleBlank(LenientContract):
    """A blank of a message template."""

    means: str
    example: str


class ConsoleTemplate(LenientContract):
    """A pre-built incident message as the form for declaring one needs it."""

    name: str
    variables: dict[str, ConsoleBlank]


class ConsoleSettings(LenientContract):
    """What the page needs to draw its forms. It holds no secret and nothing of any customer."""

    version: str
    sign_in: SignIn | None = Field(None, description="Absent where nobody has configured a sign-in.")
    queues: list[str]
    intents: list[str]
    journeys: list[ConsoleJourney]
    incident_templates: list[ConsoleTemplate] = []
