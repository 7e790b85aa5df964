"""What the console's page is told about the installation, from settings and data files."""

from functools import lru_cache

from relief import __version__
from relief.contracts.console import ConsoleJourney, ConsoleSettings, ConsoleTemplate, HostedSignIn, SignIn
from relief.decide.journeys import load_journeys, localise
from relief.incidents.wording import load_templates
from relief.route.tables import load_table
from relief.settings import load_settings

_LANGUAGE = "en"


def describe_console() -> ConsoleSettings:
    """Return the page's settings."""
    settings = load_settings()
    table = load_table()
    journeys = [
        ConsoleJourney(
            name=journey.name,
            steps=[step.name for step in journey.steps],
            slots={name: localise(slot.label, _LANGUAGE) for name, slot in journey.slots.items()},
        )
        for journey in load_journeys().values()
    ]
    return ConsoleSettings(
        version=__version__,
        sign_in=settings.console_sign_in,
        queues=list(settings.handoff_queue_urls) or list(table.queues),
        intents=list(table.intents),
        journeys=journeys,
        incident_templates=[
            ConsoleTemplate.model_validate(template, from_attributes=True) for template in load_templates().values()
        ],
    )


def called_by_page(sign_in: SignIn | None) -> list[str]:
    """Return the URLs outside this API that the page's script calls."""
    return [sign_in.token_url] if isinstance(sign_in, HostedSignIn) else []


@lru_cache(maxsize=1)
def render_settings() -> str:
    """Return the page's settings as JSON; they are the same for as long as the process lives."""
    return describe_console().model_dump_json(exclude_none=True)
