"""Have a model draft the summary's sentences, and take them only if they can be trusted."""

from typing import Final, NamedTuple

from pydantic import ValidationError

from relief.contracts.context import SessionContext
from relief.contracts.summary import Summary
from relief.contracts.vocabulary import ReasonCode
from relief.observability import logger
from relief.store.ports import DraftingModel, ModelUnavailable
from relief.summarise.breaker import Breaker
from relief.summarise.draft import TOOL, Draft, answer_schema
from relief.summarise.fidelity import check_draft
from relief.summarise.fit import fit_summary
from relief.summarise.prompts import find_prompt, render_prompt

_PROMPT: Final = "summary"


class Drafted(NamedTuple):
    """A summary, and the prompt that wrote its sentences; ``refused`` says why there is no draft in it."""

    summary: Summary
    prompt: str = ""
    refused: str = ""


class Drafter:
    """A model and its circuit breaker, once per process."""

    def __init__(self, model: DraftingModel, breaker: Breaker | None = None) -> None:
        """Keep the model; nothing is called yet."""
        self._model = model
        self._breaker = breaker or Breaker()

    def draft(self, context: SessionContext, composed: Summary) -> Drafted:
        """Return the composed summary with drafted sentences, or as it is when the draft cannot be had or trusted.

        Without consent to storage nothing goes to a model, and nothing is missing then. What is logged are codes.
        """
        if not context.store_context or composed.reason.code is ReasonCode.AUTOMATION_UNAVAILABLE:
            return Drafted(composed)
        if not self._breaker.allows():
            return Drafted(composed, refused="circuit_open")
        prompt = find_prompt(_PROMPT)
        rendered = render_prompt(prompt, context, composed.language)
        try:
            answer = self._model.answer(rendered.system, rendered.user, TOOL, answer_schema())
        except ModelUnavailable as error:
            self._breaker.note(succeeded=False)
            return _refuse(composed, str(error))
        self._breaker.note(succeeded=True)
        try:
            draft = Draft.model_validate(answer)
        except ValidationError:
            return _refuse(composed, "not_in_shape")
        found = check_draft(draft, composed, rendered.user)
        if found:
            return _refuse(composed, ",".join(found))
        return Drafted(fit_summary(composed.model_copy(update=draft.model_dump())), prompt=prompt.label)


def _refuse(composed: Summary, why: str) -> Drafted:
    logger.warning("a drafted summary was refused", why=why)
    return Drafted(composed, refused=why)
