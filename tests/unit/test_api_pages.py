"""Pages of lists: the word for the next page is ours alone, and leads on to the end."""

import json
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Final

import pytest
from botocore.exceptions import EndpointConnectionError
from pydantic import ValidationError

from relief.api.incidents import FollowupQuery
from relief.api.review_query import ReviewQuery, encode_position
from relief.api.reviews import ReviewService
from relief.contracts.review import ReviewItem
from relief.decide.journeys import load_journeys
from relief.errors import Unavailable
from relief.settings import Settings
from tests.unit.test_api_reviews import KEYS, NOW, Desk, desk

__all__ = ["desk"]

START: Final = json.dumps({name: {"S": name} for name in ("pk", "sk", "queue_state", "rank")})


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "forged",
    [
        "?",
        encoded("not JSON"),
        encoded("[oops"),
        encoded("[1]"),
        encoded("[-1, null]"),
        encoded('[0, "[]"]'),
        encoded('[0, "{"]'),
        encoded("{}"),
        "é",
    ],
)
def test_a_follow_up_list_takes_no_word_but_its_own(forged: str) -> None:
    """Given a `next` that no page has named, then it is refused, whatever is in it."""
    for own in ("[3, null]", json.dumps([0, json.dumps({"pk": {"S": "a"}})])):
        assert FollowupQuery(next=encoded(own)).next == encoded(own)
    with pytest.raises(ValidationError, match="is not the `next` of an earlier page"):
        FollowupQuery(next=forged)


@pytest.mark.parametrize(
    "forged",
    [
        "?",
        encoded("not JSON"),
        encoded("[]"),
        encoded("{}"),
        encoded('{"journey": 1}'),
        encoded('{"journey": "x", "start": {"pk": 1}}'),
        "é",
    ],
)
def test_the_review_queue_takes_no_word_but_its_own(forged: str) -> None:
    """Given a `next` that no page has named, then it is refused; one that a page named leads back to its place."""
    for own in (None, START):
        query = ReviewQuery(next=encode_position("default", own))
        assert query.position() == ("default", own)
    assert ReviewQuery().position() == (None, None)
    with pytest.raises(ValidationError, match="is not the `next` of an earlier page"):
        ReviewQuery(next=forged)


class Queue(Desk):
    """A review queue in which every journey has two reviews, a page of one each; or a table that does not answer."""

    def __init__(self, desk: Desk, *, down: bool = False) -> None:
        super().__init__(desk.decision, drawn=True)
        self.down = down
        self.asked: list[str] = []

    def list_reviews(
        self, journey: str, state: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[ReviewItem], str | None]:
        if self.down:
            raise EndpointConnectionError(endpoint_url="table")
        self.asked.append(journey)
        return [self.review], None if start else START


def test_the_review_queue_is_listed_journey_by_journey_to_the_end(desk: Desk) -> None:
    """Given reviews of every journey, when page after page is read, then each is listed once, and the last page ends."""
    queue = Queue(desk)
    service = ReviewService(Settings(table_name="table"), lambda: KEYS, queue, desk)
    following, seen = None, 0
    while seen == 0 or following is not None:
        page = service.read_page(ReviewQuery(limit=1, next=following), NOW)
        seen += len(page.items)
        following = page.next
    assert seen == 2 * len(load_journeys())
    assert queue.asked == sorted([*load_journeys(), *load_journeys()])


def test_a_table_that_is_down_is_said_to_be(desk: Desk) -> None:
    """Given a table that does not answer, then the same request is to be sent again."""
    service = ReviewService(Settings(table_name="table"), lambda: KEYS, Queue(desk, down=True), desk)
    with pytest.raises(Unavailable, match="Send the same request again"):
        service.read_page(ReviewQuery(), NOW)
