"""Projections of a hand-over onto every desk: golden files, and what holds for any hand-over whatever is in it."""

import json
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig, TargetKind
from relief.contracts.vocabulary import Lane
from relief.errors import DeliveryRefused, SettingsInvalid
from relief.integrations.calls import AwsCall, HttpCall, Move
from relief.integrations.projection import Projection, size_of
from relief.integrations.registry import TARGETS, check_targets
from relief.integrations.targets.lex_session import merge_attributes
from tests.unit.handoff_cases import CONFIGS, SAMPLE, config_of, handoffs

GOLDEN: Final = Path(__file__).parent / "golden" / "targets"
MOVED: Final = SAMPLE.model_copy(
    update={"queue": "security", "lane": Lane.crisis, "priority": 95, "incident_id": "inc-1"}
)
MOVE: Final = Move(1, SAMPLE.queue, SAMPLE.lane.value)
README: Final = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def described(kind: TargetKind) -> dict[str, Any]:
    """Return what goes to a desk, as its golden file has it."""
    target = TARGETS[kind]
    projection = target.project(SAMPLE)
    calls = [call._asdict() for call in target.plan(SAMPLE, config_of(kind))]
    moved = [call._asdict() for call in target.plan_move(MOVED, config_of(kind), MOVE)]
    document = {"fields": projection.fields, "dropped": projection.dropped, "calls": calls, "moved": moved}
    parsed: dict[str, Any] = json.loads(json.dumps(document))
    return parsed


@pytest.mark.parametrize("kind", TargetKind)
def test_a_projection_is_its_golden_file(kind: TargetKind) -> None:
    """Given the sample hand-over, then what goes to the desk is what was committed (WRITE_GOLDEN=1 writes it anew)."""
    path = GOLDEN / f"{kind.value}.json"
    text = json.dumps(described(kind), ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_every_kind_has_a_target_a_golden_file_and_a_case() -> None:
    """Given the kinds, then nothing is missing and nothing is left over."""
    assert set(TARGETS) == set(CONFIGS) == set(TargetKind)
    assert {path.stem for path in GOLDEN.glob("*.json")} == {kind.value for kind in TargetKind}


@pytest.mark.parametrize("kind", TargetKind)
def test_a_target_cites_its_document(kind: TargetKind) -> None:
    """Given a target, then its docstring names where its shape comes from, or it is marked experimental."""
    document = TARGETS[kind].__doc__ or ""
    assert "https://" in document or TARGETS[kind].EXPERIMENTAL or kind is TargetKind.webhook


@pytest.mark.parametrize("kind", TargetKind)
def test_the_readme_says_what_a_desk_is_told_of_a_move(kind: TargetKind) -> None:
    """Given a target, then its row of the README says what it is told when a hand-over moves."""
    (row,) = [line for line in README.splitlines() if line.startswith(f"| `{kind.value}` |")]
    assert f"| {TARGETS[kind].MOVED} |" in row


def is_flat_text(fields: dict[str, Any]) -> None:
    """Check that a map has keys that every desk takes, and texts alone."""
    assert all(KEY.fullmatch(name) and isinstance(value, str) and value for name, value in fields.items())


def is_flat(fields: dict[str, Any]) -> None:
    """Check that a map has such keys, and texts, finite numbers and truth values alone."""
    for name, value in fields.items():
        assert KEY.fullmatch(name)
        assert isinstance(value, (str, bool, int, float))
        assert isinstance(value, (str, bool)) or (math.isfinite(value) and abs(value) < 2**53)


def is_flat_or_list(fields: dict[str, Any]) -> None:
    """Check the same for maps that may hold lists of texts."""
    lists = {name: value for name, value in fields.items() if isinstance(value, list)}
    is_flat({name: value for name, value in fields.items() if name not in lists})
    assert all(KEY.fullmatch(name) and all(isinstance(one, str) for one in value) for name, value in lists.items())


def is_task(fields: dict[str, Any]) -> None:
    """Check the limits of a task of Amazon Connect."""
    assert 1 <= len(fields["Name"]) <= 512
    assert len(fields["Description"]) <= 4096
    is_flat_text(fields["Attributes"])
    assert sum(len(name.encode()) + len(value.encode()) for name, value in fields["Attributes"].items()) <= 32_768


def is_participant_data(fields: dict[str, Any]) -> None:
    """Check what Genesys states of bot flows."""
    is_flat_text(fields)
    assert len(fields) <= 50
    assert all(len(value) <= 256 for value in fields.values())


def is_case(fields: dict[str, Any]) -> None:
    """Check the limits of a case of Salesforce."""
    assert len(fields["Subject"]) <= 255
    assert len(fields["Description"]) <= 32_000
    assert fields["Priority"] in {"High", "Medium", "Low"}


def is_note(fields: dict[str, Any]) -> None:
    """Check that a note is private."""
    assert fields["private"] is True
    assert fields["content"]


def is_document(fields: dict[str, Any]) -> None:
    """Check that a receiver can read the hand-over by the contract."""
    assert fields["handoff_id"] == SAMPLE.handoff_id


RULES: Final[dict[TargetKind, Callable[[dict[str, Any]], None]]] = {
    TargetKind.connect_task: is_task,
    TargetKind.connect_attributes: is_flat_text,
    TargetKind.lex_session: is_flat_text,
    TargetKind.zendesk: is_flat,
    TargetKind.genesys: is_participant_data,
    TargetKind.twilio: is_flat_or_list,
    TargetKind.salesforce: is_case,
    TargetKind.chatwoot: is_note,
    TargetKind.dialogflow_cx: is_flat_or_list,
    TargetKind.microsoft: is_flat,
    TargetKind.webhook: is_document,
}


def budgeted(kind: TargetKind, projection: Projection) -> Any:
    """Return the part of a projection that the budget is of."""
    return projection.fields["Attributes"] if kind is TargetKind.connect_task else projection.fields


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # large hand-overs are the point
@given(handoff=handoffs())
@settings(max_examples=60)
def test_any_hand_over_fits_every_desk(handoff: Handoff) -> None:
    """Given any hand-over, then each projection keeps budget, keys and types, names what it left out, and is stable."""
    for kind, target in TARGETS.items():
        projection = target.project(handoff)
        assert size_of(budgeted(kind, projection)) <= target.BUDGET, kind
        json.dumps(projection.fields, allow_nan=kind is TargetKind.webhook)
        RULES[kind](projection.fields)
        assert SAMPLE.handoff_id in json.dumps(projection.fields) or kind is TargetKind.salesforce
        assert len(set(projection.dropped)) == len(projection.dropped)
        assert repr(target.project(handoff)) == repr(projection), "a repetition can be recognised"


@given(
    session_id=st.text(st.characters(exclude_categories=["Cs"]), max_size=64)
    | st.sampled_from([".", "..", "{participant}"])
)
def test_no_session_leads_to_another_place(session_id: str) -> None:
    """Given any session's identifier, then it is one segment of the path."""
    handoff = SAMPLE.model_copy(update={"session_id": session_id})
    for kind in set(TargetKind) - {TargetKind.chatwoot}:
        usual, calls = (
            [*TARGETS[kind].plan(one, config_of(kind)), *TARGETS[kind].plan_move(one, config_of(kind), MOVE)]
            for one in (SAMPLE, handoff)
        )
        for call, same in zip(calls, usual, strict=True):
            if isinstance(call, HttpCall) and isinstance(same, HttpCall):
                assert call.path.count("/") == same.path.count("/")
                assert call.path.isascii()
                assert not {"..", "."} & set(call.path.split("/"))
                assert call.path.count("{") == same.path.count("{")


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # as above
@given(handoff=handoffs(st.just(SAMPLE.session_id)))
@settings(max_examples=30)
def test_any_move_fits_every_desk(handoff: Handoff) -> None:
    """Given any hand-over that moves, then what a desk is told keeps to its budget, is stable and names the new place."""
    for kind, target in TARGETS.items():
        told = handoff.model_copy(update={"session_id": "chatwoot-1-2"}) if kind is TargetKind.chatwoot else handoff
        calls = target.plan_move(told, config_of(kind), MOVE)
        assert bool(calls) is not target.MOVED.startswith("nothing"), kind
        assert repr(calls) == repr(target.plan_move(told, config_of(kind), MOVE)), "a repetition can be recognised"
        for call in calls:
            if isinstance(call, HttpCall):
                form = sum(len(value.encode()) for value in (call.form or {}).values())
                size = size_of(call.body) if call.body is not None else form
                assert size <= 2 * target.BUDGET + 1024, kind


def test_what_is_left_out_is_named_and_the_important_stays() -> None:
    """Given more facts than a desk has room for, then the headline stays and the rest is named where people see it."""
    facts = {f"slot_{number}": "x" * 150 for number in range(60)}
    handoff = SAMPLE.model_copy(update={"summary": SAMPLE.summary.model_copy(update={"facts": facts})})
    projection = TARGETS[TargetKind.zendesk].project(handoff)
    assert projection.fields["relief_headline"] == SAMPLE.summary.headline
    assert projection.fields["relief_do_not_ask"]
    kept = [name for name in facts if f"relief_fact_{name}" in projection.fields]
    assert kept
    assert {f"fact_{name}" for name in facts if name not in kept} <= set(projection.dropped)
    assert projection.fields["relief_dropped"].endswith("more")


def test_facts_that_differ_by_a_sign_alone_do_not_overwrite_each_other() -> None:
    """Given two names that become one key, then the first is kept and the second is named as left out."""
    summary = SAMPLE.summary.model_copy(update={"facts": {"order-id": "1", "order.id": "2"}})
    projection = TARGETS[TargetKind.zendesk].project(SAMPLE.model_copy(update={"summary": summary}))
    assert projection.fields["relief_fact_order_id"] == "1"
    assert projection.dropped == ["fact_order_id"]


def test_a_conversation_of_somebody_else_is_refused() -> None:
    """Given a session that is no conversation of Chatwoot's, then nothing is sent to a conversation of that number."""
    with pytest.raises(DeliveryRefused):
        TARGETS[TargetKind.chatwoot].plan(
            SAMPLE.model_copy(update={"session_id": "chatwoot-1-x"}), config_of(TargetKind.chatwoot)
        )


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # as above
@given(
    st.dictionaries(st.text(st.characters(codec="ascii"), max_size=20), st.text(max_size=400), max_size=40),
    handoffs(),
)
@settings(max_examples=20)
def test_lex_keeps_every_attribute_of_the_bot(theirs: dict[str, str], handoff: Handoff) -> None:
    """Given a bot's own session attributes, then all of them stay, and ours take no more than what is left."""
    ours = TARGETS[TargetKind.lex_session].project(handoff).fields
    merged = merge_attributes(theirs, ours)
    assert theirs.items() <= {**merged, **{name: theirs[name] for name in theirs if name in ours}}.items()
    assert size_of(merged) <= max(12 * 1024, size_of(theirs))


WRONG: Final[dict[str, dict[str, Any]]] = {
    "no option": {"name": "a", "kind": "zendesk", "url": "https://a.example"},
    "no URL": {"name": "a", "kind": "webhook"},
    "a URL for AWS": {**CONFIGS[TargetKind.connect_attributes].model_dump(mode="json"), "url": "https://a.example"},
}


@pytest.mark.parametrize("config", WRONG.values(), ids=WRONG)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, Any]) -> None:
    """Given a configuration that lacks what its kind needs, then it is refused with the target's name."""
    with pytest.raises(SettingsInvalid, match=r"TARGETS: (a|contact) "):
        check_targets([TargetConfig.model_validate(config)])


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example.com",
        "ftp://desk.example.com",
        "https://user:word@desk.example.com",
        "https://desk.example.com?a=b",
        "https:///path",
        "http://127.0.0.1:8000",
        "file:///etc/passwd",
    ],
)
def test_an_unsafe_url_is_refused(url: str) -> None:
    """Given a URL that is not https, or carries credentials, then the configuration is not valid."""
    with pytest.raises(ValueError, match="URL of a target"):
        TargetConfig.model_validate({"name": "a", "kind": "webhook", "url": url})


def test_connects_calls_are_what_botocore_knows() -> None:
    """Given the calls of AWS, then their arguments validate against the services' own descriptions."""
    import boto3
    from botocore.validate import ParamValidator

    kinds = (TargetKind.connect_task, TargetKind.connect_attributes)
    moves = [TARGETS[kind].plan_move(SAMPLE, config_of(kind), MOVE) for kind in kinds]
    for (call,) in [*(TARGETS[kind].plan(SAMPLE, config_of(kind)) for kind in kinds), *moves]:
        assert isinstance(call, AwsCall)
        client = boto3.client(
            call.service, region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none"
        )
        operation = client.meta.method_to_api_mapping[call.operation]
        shape = client.meta.service_model.operation_model(operation).input_shape
        report = ParamValidator().validate(dict(call.arguments), shape)
        assert not report.has_errors(), report.generate_report()
