"""The README's example of a new journey, done as it says: one file, no code."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from relief.classify.model import load_classifier
from relief.contracts.turn import TurnRequest
from relief.decide import journeys
from relief.decide.journeys import Journey, load_journeys, read_journeys
from tests.pipeline import Session

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
CHAPTER = README.partition("### A new journey\n")[2].partition("\n## ")[0]
NAME = re.search(r"`relief/decide/journeys/(\w+)\.yaml`", CHAPTER)
FILE = re.search(r"```yaml\n(.*?)```", CHAPTER, re.DOTALL)
ROWS = re.findall(
    r"^\| `(\{.*\})` \| `(\w+)`(?:, `next\.step` is `(\w+)`|, to the queue `(\w+)`) \|$", CHAPTER, re.MULTILINE
)


@pytest.fixture
def journey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journey]:
    """Put the file where the README says, into a copy of the folder."""
    assert NAME is not None
    assert FILE is not None
    folder = tmp_path / "journeys"
    shutil.copytree(journeys.SHIPPED_JOURNEYS, folder)
    (folder / f"{NAME[1]}.yaml").write_text(FILE[1], encoding="utf-8")
    monkeypatch.setattr(journeys, "SHIPPED_JOURNEYS", folder)
    load_journeys.cache_clear()
    yield read_journeys(folder)[NAME[1]]
    load_journeys.cache_clear()


@pytest.mark.usefixtures("journey")
def test_the_conversation_goes_as_the_readme_says() -> None:
    """Given the file alone, when the README's turns are posted, then they are answered as its table says."""
    assert len(ROWS) == 3
    session = Session()
    session.classifier = load_classifier()
    for number, (posted, action, step, queue) in enumerate(ROWS):
        body = {"turn_id": f"t{number}", "channel": "web_chat", **json.loads(posted)}
        answer = session.take(TurnRequest.model_validate(body))
        assert answer.action.value == action
        assert (answer.next.step or "") == step
        assert (answer.handoff.queue if answer.handoff else "") == queue
