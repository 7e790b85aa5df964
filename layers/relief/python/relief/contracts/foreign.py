"""Events of other people's systems, as much of each as is read. Everything is optional: vendors add and leave out."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from relief.contracts.model import LenientContract


def _map_of_texts(value: Any) -> Any:  # noqa: ANN401 - whatever came
    """Return a map with its scalars as texts; what is no map, or no scalar, counts as absent."""
    if not isinstance(value, dict):
        return {}
    return {str(name): str(one) for name, one in value.items() if isinstance(one, (str, int, float, bool))}


def _list_or_none(value: Any) -> Any:  # noqa: ANN401 - as above
    return value if isinstance(value, list) else []


def _text_or_empty(value: Any) -> Any:  # noqa: ANN401 - as above
    return str(value) if isinstance(value, (str, int)) else ""


def _map_or_empty(value: Any) -> Any:  # noqa: ANN401 - as above
    return value if isinstance(value, dict) else {}


Texts = Annotated[dict[str, str], BeforeValidator(_map_of_texts)]
Text = Annotated[str, BeforeValidator(_text_or_empty)]


class ConnectEndpoint(LenientContract):
    """Where the customer is reached."""

    address: Text = Field("", alias="Address")


class ConnectContact(LenientContract):
    """The contact that a flow is busy with."""

    contact_id: Text = Field("", alias="ContactId")
    initial_contact_id: Text = Field("", alias="InitialContactId")
    channel: Text = Field("", alias="Channel")
    language: Text = Field("", alias="LanguageCode")
    customer_id: Text = Field("", alias="CustomerId")
    endpoint: Annotated[ConnectEndpoint, BeforeValidator(_map_or_empty)] = Field(
        ConnectEndpoint(), alias="CustomerEndpoint"
    )
    attributes: Texts = Field({}, alias="Attributes")


class ConnectDetails(LenientContract):
    """What a flow hands to a function."""

    contact: Annotated[ConnectContact, BeforeValidator(_map_or_empty)] = Field(ConnectContact(), alias="ContactData")
    parameters: Texts = Field({}, alias="Parameters")


class ConnectEvent(LenientContract):
    """Amazon Connect's event (https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html)."""

    details: Annotated[ConnectDetails, BeforeValidator(_map_or_empty)] = Field(ConnectDetails(), alias="Details")


class RuleDetail(LenientContract):
    """Which rule has matched, and on which contact."""

    rule: Text = Field("", alias="ruleName")
    action: Text = Field("", alias="actionName")
    contact: Text = Field("", alias="contactArn")


class ContactLensEvent(LenientContract):
    """A Contact Lens rule event (https://docs.aws.amazon.com/connect/latest/adminguide/contact-lens-rules-eventbridge-event.html)."""

    id: Text = ""
    detail: Annotated[RuleDetail, BeforeValidator(_map_or_empty)] = RuleDetail()


class LexPrompt(LenientContract):
    """Which attempt at a prompt comes next: `Initial`, `Retry1` and so on."""

    attempt: Text = ""


class LexDialogAction(LenientContract):
    """What the bot does next."""

    type: Text = ""
    slot: Text = Field("", alias="slotToElicit")


class LexIntent(LenientContract):
    """An intent with its slots, as Lex has them."""

    name: Text = ""
    slots: Annotated[dict[str, Any], BeforeValidator(_map_or_empty)] = {}


class LexNextState(LenientContract):
    """What Lex proposes to do next."""

    prompt: Annotated[LexPrompt, BeforeValidator(_map_or_empty)] = LexPrompt()
    action: Annotated[LexDialogAction, BeforeValidator(_map_or_empty)] = Field(LexDialogAction(), alias="dialogAction")


class LexState(LenientContract):
    """The session as it stands."""

    attributes: Texts = Field({}, alias="sessionAttributes")
    intent: Annotated[LexIntent, BeforeValidator(_map_or_empty)] = LexIntent()


class LexConfidence(LenientContract):
    """How sure Lex is of an intent."""

    score: float | None = None


class LexInterpretation(LenientContract):
    """One reading of what was said."""

    intent: Annotated[LexIntent, BeforeValidator(_map_or_empty)] = LexIntent()
    confidence: Annotated[LexConfidence, BeforeValidator(_map_or_empty)] = Field(LexConfidence(), alias="nluConfidence")


class LexBot(LenientContract):
    """The bot that asks."""

    locale: Text = Field("", alias="localeId")


class LexEvent(LenientContract):
    """Lex V2's event (https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html)."""

    session_id: Text = Field("", alias="sessionId")
    transcript: Text = Field("", alias="inputTranscript")
    mode: Text = Field("", alias="inputMode")
    bot: Annotated[LexBot, BeforeValidator(_map_or_empty)] = LexBot()
    state: Annotated[LexState, BeforeValidator(_map_or_empty)] = Field(LexState(), alias="sessionState")
    proposed: Annotated[LexNextState, BeforeValidator(_map_or_empty)] = Field(LexNextState(), alias="proposedNextState")
    interpretations: Annotated[list[LexInterpretation], BeforeValidator(_list_or_none)] = []


class ChatwootSender(LenientContract):
    """Who has written."""

    id: Text = ""


class ChatwootReference(LenientContract):
    """An account or inbox."""

    id: int = 0


class ChatwootConversation(LenientContract):
    """The conversation that a message is in."""

    id: int = 0
    status: Text = ""
    channel: Text = ""


class ChatwootMessage(LenientContract):
    """Chatwoot's `message_created` (https://www.chatwoot.com/hc/user-guide/articles/1677693021-how-to-use-webhooks)."""

    event: Text = ""
    id: Text = ""
    content: Text = ""
    kind: Text = Field("", alias="message_type")
    private: bool = False
    sender: Annotated[ChatwootSender, BeforeValidator(_map_or_empty)] = ChatwootSender()
    account: Annotated[ChatwootReference, BeforeValidator(_map_or_empty)] = ChatwootReference()
    conversation: Annotated[ChatwootConversation, BeforeValidator(_map_or_empty)] = ChatwootConversation()


class SignedTurn(LenientContract):
    """The generic webhook's body: a session and a turn; whatever else a system sends is ignored."""

    session_id: str
    turn: dict[str, Any]
