"""Every kind of desk by its name, and what a configuration of it must give."""

from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter, ValidationError

from relief.contracts.targets import TargetConfig, TargetKind
from relief.errors import SettingsInvalid
from relief.integrations.calls import Target
from relief.integrations.targets import (
    chatwoot,
    connect_attributes,
    connect_task,
    dialogflow_cx,
    genesys,
    lex_session,
    microsoft,
    salesforce,
    twilio,
    webhook,
    zendesk,
)

TARGETS: Final[dict[TargetKind, Target]] = {
    TargetKind.connect_task: connect_task,
    TargetKind.connect_attributes: connect_attributes,
    TargetKind.lex_session: lex_session,
    TargetKind.zendesk: zendesk,
    TargetKind.genesys: genesys,
    TargetKind.twilio: twilio,
    TargetKind.salesforce: salesforce,
    TargetKind.chatwoot: chatwoot,
    TargetKind.dialogflow_cx: dialogflow_cx,
    TargetKind.microsoft: microsoft,
    TargetKind.webhook: webhook,
}

_CONFIGS: Final = TypeAdapter(list[TargetConfig])
_OF_AWS: Final = {TargetKind.connect_task, TargetKind.connect_attributes, TargetKind.lex_session}


def load_targets(text: str) -> Sequence[TargetConfig]:
    """Return the desks of an installation; ``text`` is JSON.

    It is no part of the settings' own validation, so that a mistake in it stops deliveries and nothing else.

    Raises:
        SettingsInvalid: it is not valid, or a desk lacks what its kind needs.
    """
    try:
        return check_targets(_CONFIGS.validate_json(text))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, problem["loc"])) or "the whole" for problem in error.errors())
        message = f"Check TARGETS: {places}."
        raise SettingsInvalid(message) from error


def check_targets(configs: Sequence[TargetConfig]) -> Sequence[TargetConfig]:
    """Return the configurations if each gives what its kind needs.

    Raises:
        SettingsInvalid: an option or a URL is missing, or a name is used twice.
    """
    problems: list[str] = []
    names = [config.name for config in configs]
    problems += [f"{name} is used twice" for name in sorted({name for name in names if names.count(name) > 1})]
    for config in configs:
        problems += [
            f"{config.name} needs the option {option}"
            for option in TARGETS[config.kind].OPTIONS
            if option not in config.options
        ]
        if (config.url is None) is not (config.kind in _OF_AWS):
            problems.append(f"{config.name} {'takes no' if config.url else 'needs a'} url")
    if problems:
        message = f"Check TARGETS: {'; '.join(problems)}."
        raise SettingsInvalid(message)
    return configs
