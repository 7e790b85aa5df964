"""Every environment variable that the functions read, as one validated model."""

import os
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, Json, ValidationError

from relief.contracts.console import SignIn
from relief.contracts.vocabulary import Channel, Lane
from relief.errors import SettingsInvalid

_SLOW_CHANNELS = frozenset({Channel.email, Channel.social})


class Settings(BaseModel):
    """Configuration of one installation. Names are the environment variables in lower case."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    table_name: str = Field("", description="The single DynamoDB table.")
    bus_name: str = Field("", description="The EventBridge bus for hand-overs and incidents.")
    turn_workflow_arn: str = Field("", description="The Express state machine that a turn runs through.")
    handoff_queue_urls: Json[dict[str, str]] = Field({}, description="SQS queue URL by hand-over queue, as JSON.")
    reference_secret_id: str = Field("", description="Secrets Manager id of the keys for customer references.")
    session_hours: int = Field(24, ge=1, le=24 * 90, description="Life of a session after its last turn, hours.")
    slow_session_hours: int = Field(24 * 14, ge=1, le=24 * 90, description="The same for e-mail and social, hours.")
    decision_days: int = Field(30, ge=1, le=365, description="Life of a decision record, days.")
    handoff_days: int = Field(30, ge=1, le=365, description="Life of a hand-over record, days.")
    metric_days: int = Field(400, ge=1, le=3650, description="Life of the counters behind the figures, days.")
    offer_seconds: int = Field(60, ge=1, le=899, description="Time in which an offered person must accept, seconds.")
    incident_workflow_arn: str = Field("", description="The state machine that settles open hand-overs.")
    second_person: bool = Field(False, description="An incident that matches everything needs a second person.")
    counted_turns: int = Field(1, ge=1, le=1000, description="One turn in so many is counted for previews.")
    console_sign_in: Json[SignIn] | None = Field(None, description="How people sign in to the console, as JSON.")
    targets: str = Field("[]", description="Desks that hand-overs are delivered to, as JSON; see the README.")
    target_secret_id: str = Field("", description="Secrets Manager id of the desks' credentials.")
    target_seconds: float = Field(2.0, gt=0, le=3, description="Time in which a desk must answer, seconds.")
    webhook_secret_id: str = Field("", description="Secrets Manager id of the keys that webhooks are signed with.")
    dead_letter_queue_url: str = Field("", description="SQS URL of what could not be delivered.")
    archive_stream: str = Field(
        "", description="Firehose stream that decisions are archived on, without whose they were."
    )
    policy_seconds: float = Field(30, ge=0, le=300, description="How long the policy in force is cached, seconds.")
    desk_language: str = Field(
        "", pattern=r"^([a-z]{2,3})?$", description="Language of summaries; empty: that of each conversation."
    )
    summariser: Literal["composer", "bedrock"] = Field("composer", description="Who words summaries.")
    bedrock_model_id: str = Field("", description="Model that drafts summaries, with SUMMARISER=bedrock.")
    bedrock_region: str = Field("", description="Region of the model; empty: the function's own.")
    bedrock_guardrail_id: str = Field("", description="Guardrail that drafts pass; empty: none.")
    bedrock_guardrail_version: str = Field("DRAFT", description="Version of the guardrail.")
    aws_endpoint_url: str | None = Field(None, description="Endpoint of a local stack; unset on AWS.")

    def session_seconds(self, channel: Channel) -> int:
        """Return how long a session on this channel lives after its last turn, in seconds."""
        hours = self.slow_session_hours if channel in _SLOW_CHANNELS else self.session_hours
        return hours * 3600

    @property
    def decision_seconds(self) -> int:
        """Life of a decision record, in seconds."""
        return self.decision_days * 86400

    @property
    def handoff_seconds(self) -> int:
        """Life of a hand-over record, in seconds."""
        return self.handoff_days * 86400

    @property
    def metric_seconds(self) -> int:
        """Life of counters after their day, in seconds."""
        return self.metric_days * 86400

    @property
    def record_seconds(self) -> int:
        """The longest life of anything that is stored about a session, in seconds."""
        hours = max(self.session_hours, self.slow_session_hours)
        return max(hours * 3600, self.decision_seconds, self.handoff_seconds)

    @property
    def listing_seconds(self) -> int:
        """Life of the entry that leads from a customer to a session, in seconds.

        It is a day longer than that of any record, so that a session that goes on renews it once a day at most.
        """
        return self.record_seconds + 86400

    def queue_url(self, queue: str, lane: Lane = Lane.normal) -> str:
        """Return the SQS URL of a hand-over queue; the general queue's when it has none of its own.

        Everything in the crisis lane goes through the crisis queue, whichever team it is for, so that it never waits
        behind everyday traffic.
        """
        if lane is Lane.crisis and "crisis" in self.handoff_queue_urls:
            return self.handoff_queue_urls["crisis"]
        return self.handoff_queue_urls.get(queue) or self.handoff_queue_urls.get("general", "")


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the environment once per process.

    Raises:
        SettingsInvalid: a variable has a value that the model refuses.
    """
    values = {name: os.environ[name.upper()] for name in Settings.model_fields if os.environ.get(name.upper())}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        places = ", ".join(str(problem["loc"][0]).upper() for problem in error.errors())
        message = f"Check the environment variables {places}."
        raise SettingsInvalid(message) from error
