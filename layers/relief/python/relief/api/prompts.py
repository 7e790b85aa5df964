"""Prompts for the integrator's own model, filled with what is remembered of a session."""

from datetime import datetime

from relief.api.requests import parse_document
from relief.api.turns import SessionPath
from relief.contracts.prompts import RenderedPrompt
from relief.errors import NotFound
from relief.remember.ownership import settle_lease
from relief.settings import Settings
from relief.store.ports import SessionStore
from relief.summarise.prompts import find_prompt, render_prompt


class PromptService:
    """Everything that rendering needs, bound to one installation."""

    def __init__(self, settings: Settings, store: SessionStore) -> None:
        """Keep the port; nothing is called yet."""
        self._settings = settings
        self._store = store

    def render(self, name: str, query: dict[str, str], now: datetime) -> RenderedPrompt:
        """Return a prompt with the session's context in it.

        Raises:
            NotFound: there is no such prompt, or nothing is remembered of the session.
            RequestInvalid: ``session_id`` is missing or malformed.
        """
        prompt = find_prompt(name)
        session_id = parse_document(query, SessionPath).session_id
        context = self._store.find_context(session_id, now)
        if context is None:
            message = "Nothing is remembered of this session, or its time to live has passed."
            raise NotFound(message)
        return render_prompt(prompt, settle_lease(context, now), self._settings.desk_language)
