"""Salesforce Service Cloud: a case, written by external id.

Shape: "Insert or Update (Upsert) a Record Using an External ID" of the REST API
(https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_upsert.htm) on the standard object Case
(Subject 255 characters, Description 32,000, Priority High, Medium or Low, Origin). The external id field, such as
``Relief_Handoff_Id__c``, is the installation's to make; it keeps one case for one hand-over. Omni-Channel routes
cases. When the hand-over moves, priority and description of the same case are written anew; subject and origin stay
as people may have changed them, and the case's owner is a matter of Omni-Channel. Fields of Messaging's pre-chat are
set in the customer's browser, where Relief has no part.

The URL is that of the organisation, ``https://{domain}.my.salesforce.com``.
"""

from collections.abc import Sequence

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.contracts.vocabulary import Channel
from relief.integrations.calls import Authorization, HttpCall, Move
from relief.integrations.card import write_card, write_move
from relief.integrations.paths import quoted
from relief.integrations.projection import Projection, shorten

OPTIONS = ("external_id_field",)
AUTHORIZATION = Authorization()
BUDGET = 32_000
EXPERIMENTAL = False
ONCE = "the vendor, by external id"
MOVED = "priority and description of the case"

_API_VERSION = "v62.0"
_SUBJECT_CHARACTERS = 255
_DESCRIPTION_CHARACTERS = 7_000
"""Four bytes a character at most, and escapes: within the budget whatever the text is."""

_HIGH, _MEDIUM = 70, 40
_ORIGINS = {Channel.email: "Email", Channel.voice: "Phone"}
_WEB = "Web"


def project(handoff: Handoff) -> Projection:
    """Return the fields of the case."""
    description, dropped = write_card(handoff, _DESCRIPTION_CHARACTERS)
    channel = handoff.summary.channel
    urgent = "High" if handoff.priority >= _HIGH else "Medium" if handoff.priority >= _MEDIUM else "Low"
    fields = {
        "Subject": shorten(handoff.summary.headline, _SUBJECT_CHARACTERS),
        "Description": description,
        "Priority": urgent,
        "Origin": _ORIGINS.get(channel, _WEB) if channel else _WEB,
    }
    return Projection(fields, dropped)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[HttpCall]:
    """Return the call that writes the case."""
    return (HttpCall("PATCH", _case(handoff, config), project(handoff).fields),)


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[HttpCall]:
    """Return the call that brings the case up to date."""
    fields = project(handoff).fields
    description = shorten(f"{write_move(handoff, move)}\n\n{fields['Description']}", _DESCRIPTION_CHARACTERS)
    return (HttpCall("PATCH", _case(handoff, config), {"Priority": fields["Priority"], "Description": description}),)


def _case(handoff: Handoff, config: TargetConfig) -> str:
    version = config.options.get("api_version", _API_VERSION)
    field = quoted(config.options["external_id_field"])
    return f"/services/data/{quoted(version)}/sobjects/Case/{field}/{quoted(handoff.handoff_id)}"
