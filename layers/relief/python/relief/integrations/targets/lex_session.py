"""Amazon Lex V2: session attributes of a running bot session.

Shape: ``PutSession`` of the Lex V2 runtime (https://docs.aws.amazon.com/lexv2/latest/APIReference/
API_runtime_PutSession.html); session attributes are strings. A code hook's answer
may have 12 KB of them among its 25 KB, "enforced at runtime" (https://docs.aws.amazon.com/lexv2/latest/dg/quotas.html,
whose source is https://github.com/awsdocs/amazon-lexv2-developer-guide/blob/main/doc_source/quotas.md); ``PutSession``
names no limit, so the same is kept. The bot's own attributes come first: ours take what is left.
Setting the same attributes again changes nothing.
"""

from collections.abc import Mapping, Sequence

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import AwsCall, Move
from relief.integrations.projection import FlatRules, Projection, list_entries, project_flat, size_of

OPTIONS = ("bot_id", "bot_alias_id", "locale_id")
AUTHORIZATION = None
BUDGET = 8 * 1024
LIMIT = 12 * 1024
EXPERIMENTAL = False
ONCE = "repeating it changes nothing"
MOVED = "the same call, with what holds now"

RULES = FlatRules(BUDGET)


def project(handoff: Handoff) -> Projection:
    """Return the session attributes."""
    return project_flat(list(list_entries(handoff)), RULES)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[AwsCall]:
    """Return the call that sets the attributes. The client merges them into the session as it stands."""
    arguments = {
        "botId": config.options["bot_id"],
        "botAliasId": config.options["bot_alias_id"],
        "localeId": config.options["locale_id"],
        "sessionId": handoff.session_id,
        "attributes": project(handoff).fields,
    }
    return (AwsCall("lexv2-runtime", "put_session", arguments),)


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[AwsCall]:
    """Return the same call with what holds now: a session's attributes can be set at any time."""
    _ = move
    return plan(handoff, config)


def merge_attributes(theirs: Mapping[str, str], ours: Mapping[str, str], limit: int = LIMIT) -> dict[str, str]:
    """Return the bot's own attributes with as many of ours as fit beside them, in their order. Theirs all stay."""
    merged = {name: value for name, value in theirs.items() if name not in ours}
    room = limit - size_of(merged)
    for name, value in ours.items():
        cost = size_of({name: value}) - 1
        if cost <= room:
            merged[name] = value
            room -= cost
    return merged
