"""The review queue: what people look at again, what they say of it, and what that does to the agreement."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NoReturn, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from relief.api.requests import parse_body
from relief.api.review_query import ReviewQuery, encode_position
from relief.contracts.problem import FieldProblem
from relief.contracts.review import RecordedReview, RecordedVerdict, ReviewItem, ReviewPage, Verdict
from relief.contracts.vocabulary import ReviewCause, ReviewState
from relief.decide.audit import choose_audit
from relief.decide.journeys import load_journeys
from relief.decide.rollout import RolloutPlan
from relief.errors import NotFound, RequestInvalid, Unavailable
from relief.observability import logger
from relief.privacy.redact import redact
from relief.privacy.references import ReferenceKeys
from relief.remember.review import describe_decision
from relief.route.tables import load_table
from relief.settings import Settings
from relief.store.ports import Reviewed, ReviewStore, SessionStore
from relief.store.review_items import check_decision, count_verdict, judge_review, put_review
from relief.store.writes import Write

_Result = TypeVar("_Result")
_REVIEWER: Final = "reviewer"
"""Purpose of a keyed hash: it joins with no other reference."""
_ATTEMPTS: Final = 3


class ReviewService:
    """Everything that reviews need, bound to one installation."""

    def __init__(
        self,
        settings: Settings,
        keys: Callable[[], ReferenceKeys | None],
        reviews: ReviewStore,
        sessions: SessionStore,
    ) -> None:
        """Keep the ports; nothing is called yet. ``keys`` gives ``None`` while the keys cannot be had."""
        self._settings = settings
        self._keys = keys
        self._reviews = reviews
        self._sessions = sessions

    def read_page(self, query: ReviewQuery, now: datetime) -> ReviewPage:
        """Return a page of the queue: journey by journey, in each the sensitive first, then the oldest.

        Raises:
            Unavailable: the table does not answer.
        """
        names = [query.journey] if query.journey else sorted(load_journeys())
        at, start = query.position()
        items: list[ReviewItem] = []
        for place, name in enumerate(names):
            if at is not None and name < at:
                continue
            begin = start if name == at else None
            wanted = query.limit - len(items)
            found, following = self._read(name, query, wanted, begin, now)
            items += found
            if following is not None:
                return ReviewPage(items=items, next=encode_position(name, following))
            if len(items) >= query.limit and place + 1 < len(names):
                return ReviewPage(items=items, next=encode_position(names[place + 1], None))
        return ReviewPage(items=items)

    def _read(
        self, journey: str, query: ReviewQuery, limit: int, start: str | None, now: datetime
    ) -> tuple[list[ReviewItem], str | None]:
        return _try(lambda: self._reviews.list_reviews(journey, query.state.value, limit, start, now))

    def judge(self, decision_id: str, body: bytes, reviewer: str, now: datetime) -> RecordedReview:
        """Record a verdict on a decision. The same verdict again changes nothing; another one replaces it.

        ``reviewer`` is the subject of the token; it is kept as a keyed hash.

        Raises:
            RequestTooLarge, RequestNotJson, RequestInvalid: the verdict cannot be accepted.
            NotFound: there is no such decision.
            Unavailable: the table does not answer, or others judge the same decision all the time.
        """
        verdict = parse_body(body, Verdict)
        keys = self._keys()
        recorded = RecordedVerdict(
            agree=verdict.agree,
            should_have=verdict.should_have,
            queue=verdict.queue,
            why=redact(verdict.why).text if verdict.why else "",
            by=keys.hash(reviewer, _REVIEWER) if keys and reviewer else "",
            at=now,
        )
        for _ in range(_ATTEMPTS):
            standing = _try(lambda: self._reviews.find_review(decision_id, now))
            if standing is None:
                message = "There is no such decision, or its time to live has passed."
                raise NotFound(message)
            review = standing.review or describe_decision(
                standing.decision, ReviewCause.volunteered, described=bool(standing.decision.facts)
            )
            _refuse_contradiction(verdict, review)
            before = standing.review.verdict if standing.review else None
            if before is not None and _says(before) == _says(recorded):
                return RecordedReview(decision_id=decision_id, verdict=before, counted=review.drawn, changed=False)
            judged = review.model_copy(update={"state": ReviewState.judged, "verdict": recorded})
            writes = self._writes(standing, judged, before, now)
            if _try(lambda: self._reviews.commit(writes)):  # noqa: B023 - called at once
                logger.info("verdict", decision_id=decision_id, agree=verdict.agree, counted=review.drawn)
                return RecordedReview(decision_id=decision_id, verdict=recorded, counted=review.drawn, changed=True)
        message = "Somebody else judges the same decision. Send the same request again."
        raise Unavailable(message)

    def _writes(
        self, standing: Reviewed, judged: ReviewItem, before: RecordedVerdict | None, now: datetime
    ) -> list[Write]:
        there = check_decision(judged.decision_id, now, self._settings)
        if standing.review is None:
            writes = [there, put_review(judged, standing.expires_at, self._settings, now)]
        else:
            writes = [there, judge_review(judged, before, self._settings)]
        agreed = bool(judged.verdict and judged.verdict.agree) - bool(before and before.agree)
        if judged.drawn and (before is None or agreed):
            writes.append(count_verdict(judged, int(before is None), agreed, now, self._settings))
        return writes

    def offer_for_audit(
        self, session_id: str, outcome: str, effort_score: int | None, plan: RolloutPlan, now: datetime
    ) -> bool:
        """Put a conversation that has ended before reviewers, if it is in the sample; tell whether it is there now.

        For whoever records how a session ended. It may be called again: what is offered already stays as it is.

        Raises:
            Unavailable: the table does not answer. The outcome itself is recorded all the same.
        """
        decisions = _try(lambda: self._sessions.list_decisions(session_id, now))
        audit = choose_audit(session_id, outcome, effort_score, decisions, plan.audits)
        if audit is None:
            return False
        standing = _try(lambda: self._reviews.find_review(audit.decision_id, now))
        if standing is None:
            return False
        there = check_decision(audit.decision_id, now, self._settings)
        _try(lambda: self._reviews.commit([there, put_review(audit, standing.expires_at, self._settings, now)]))
        return True


def _says(verdict: RecordedVerdict) -> dict[str, object]:
    return verdict.model_dump(exclude={"at", "by"})


def _refuse_contradiction(verdict: Verdict, review: ReviewItem) -> None:
    """Refuse what cannot be meant.

    Raises:
        RequestInvalid: names the field.
    """
    decided = review.action.value
    named = verdict.should_have.value if verdict.should_have else None
    if verdict.queue is not None and verdict.queue not in load_table().queues:
        _refuse_field("queue", "there is no such queue")
    if verdict.agree and named not in {None, decided}:
        _refuse_field("should_have", f"the decision was {decided}: agree with it, or say what it should have been")
    if not verdict.agree and named == decided and verdict.queue in {None, review.queue}:
        _refuse_field("should_have", f"this is what was decided ({decided}): agree with it, or name something else")


def _refuse_field(field: str, said: str) -> NoReturn:
    message = f"Check {field}."
    raise RequestInvalid(message, (FieldProblem(field=field, message=said),))


def _try(attempt: Callable[[], _Result]) -> _Result:
    try:
        return attempt()
    except (BotoCoreError, ClientError) as error:
        message = "The table does not answer. Send the same request again."
        raise Unavailable(message) from error
