"""What a stack does while it starts, so that it does not do it while somebody waits for a turn."""

import gc
from pathlib import Path
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from tests.local import LocalStack
from tests.unit.conftest import SAMPLE
from tests.unit.local_requests import turn


def test_no_execution_has_to_read_its_definition(issuer_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a stack that has started, then its workflows are read already: for a long one that takes half a second."""
    with LocalStack.start(SAMPLE, issuer_file=issuer_file) as stack:
        read: list[Any] = []
        monkeypatch.setattr(Preprocessor, "visitState_machine", lambda _, context: read.append(context))

        answer = turn(stack, "may I talk to a person")

    assert answer.json["status"] == "SUCCEEDED"
    assert read == []


def test_what_lasts_as_long_as_the_stack_is_not_collected_over_and_over(issuer_file: Path) -> None:
    """Given a running stack, then a full collection visits little, and after its end everything again.

    While the collector visits what is loaded, all turns stand still: with pytest and moto, for a tenth of a second.
    """
    lasting = len(gc.get_objects())
    with LocalStack.start(SAMPLE, issuer_file=issuer_file):
        visited = len(gc.get_objects())
    assert visited < lasting / 2
    assert gc.get_freeze_count() == 0
