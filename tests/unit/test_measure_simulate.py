"""Synthetic customers: the same seed, the same result; a worse bot costs more; nothing is gained where nothing fails."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from relief.contracts.vocabulary import Action
from relief.decide.policy import load_policy
from relief.errors import DataFileInvalid
from relief.measure.trial.command import main
from relief.measure.trial.runner import InProcessRunner
from relief.measure.trial.synthetic import population as population_module
from relief.measure.trial.synthetic.bot import BotRates
from relief.measure.trial.synthetic.contact import Ending, Play, Side
from relief.measure.trial.synthetic.customer import Customer, draw_customer
from relief.measure.trial.synthetic.figures import Row, compare
from relief.measure.trial.synthetic.luck import Luck
from relief.measure.trial.synthetic.population import Population, load_population
from relief.measure.trial.synthetic.shift import Matter, Shift, Staffing
from relief.measure.trial.synthetic.simulate import parse_plan, simulate, tell

SHIPPED = Path(population_module.__file__).with_name("customers.yaml")
PERFECT = {"misunderstanding": 0, "step_failure": 0, "beyond": 0}
MANY_PEOPLE = {"people": 50}
UNKNOWN_CHARGE = "do not recognise"
"""A charge that may be fraud goes to the people for security, whatever the bot can do."""


def without_classifier() -> InProcessRunner:
    """Return the runner that ordinary tests can afford."""
    return InProcessRunner(lambda _text, _said: None)


def changed(values: dict[str, float] | None = None, without: str | None = None, **habits: Any) -> Population:
    """Return the shipped population with other habits, and accounts of other values; nobody opens ``without`` words."""
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    document["habits"] |= habits
    for topic in document["topics"]:
        topic["clear"] = [line for line in topic["clear"] if without is None or without not in line]
    return Population.model_validate(document | ({"values": values} if values else {}))


def figures(population: Population | None = None, customers: int = 36, **plan: Any) -> dict[str, Row]:
    """Return the figures of a small run, by name."""
    asked = parse_plan({"customers": customers, "shifts": 3, **plan})
    report = simulate(asked, population or load_population(), without_classifier())
    return {row.name: row for row in report.figures}


def values(rows: dict[str, Row], name: str) -> tuple[float, float]:
    """Return a figure without and with Relief."""
    without, with_relief = rows[name].without.value, rows[name].with_relief.value
    assert without is not None
    assert with_relief is not None
    return without, with_relief


def test_the_same_seed_gives_the_same_result_and_another_another() -> None:
    """Given the same plan twice, then every number is the same; with another seed the customers are others."""
    one, again, other = (figures(customers=12, seed=seed) for seed in (3, 3, 4))
    assert one == again
    assert one != other


def test_a_bot_that_fails_more_costs_more_on_both_sides() -> None:
    """Given rates that rise, then customers write more and leave more often, with and without Relief."""
    good, bad = (figures(customers=120, bot={"step_failure": rate, "misunderstanding": rate}) for rate in (0.02, 0.5))
    for name in ("effort", "abandonment", "handed_over"):
        assert all(low < high for low, high in zip(values(good, name), values(bad, name), strict=True)), name


def test_a_bot_that_never_fails_is_left_alone() -> None:
    """Given a bot without fault, and ordinary accounts without fraud whose owners want no person, then nobody is handed over."""
    rows = figures(changed({"low": 1}, without=UNKNOWN_CHARGE, wants_person_at_once=0), bot=PERFECT)
    assert values(rows, "handed_over") == (0, 0)
    assert values(rows, "solved") == (100, 100)
    assert rows["effort"].difference.value == pytest.approx(0, abs=0.2)


def test_a_disputed_charge_of_a_high_value_account_goes_to_a_person_whatever_the_bot_can_do() -> None:
    """Given a bot without fault, and high-value accounts whose owners want no person, then disputes alone are handed over."""
    population = changed({"high": 1}, without=UNKNOWN_CHARGE, wants_person_at_once=0)
    for seed in range(20):
        customer = draw_customer(population, seed)
        side = Side("with_relief", without_classifier(), own_rules=False)
        contact = Play(customer, side, BotRates.model_validate(PERFECT), 0, 0.0).run()
        disputes = customer.topic.name == "billing_dispute"
        assert contact.ending is (Ending.handed_over if disputes else Ending.solved), customer


def test_relief_has_its_price_and_it_is_shown() -> None:
    """Given one person for everybody, then hand-overs make people wait, and the figures say so on both sides."""
    crowded, roomy = (figures(bot={"beyond": 0.5}, staffing={"people": number}) for number in (1, 50))
    assert all(many > few for many, few in zip(values(crowded, "queue_wait"), values(roomy, "queue_wait"), strict=True))
    assert values(crowded, "left_waiting")[1] > values(roomy, "left_waiting")[1] == 0
    assert {"needless", "queue_wait", "left_waiting", "people_busy"} <= set(crowded)


def test_what_is_beyond_the_bot_is_solved_by_people_alone() -> None:
    """Given matters that only people can solve, then nobody is served who was not handed over."""
    rows = figures(bot={"beyond": 1}, staffing=MANY_PEOPLE)
    for side, name in ((0, "without"), (1, "with Relief")):
        assert values(rows, "solved")[side] <= values(rows, "handed_over")[side], name
    assert rows["solved"].with_relief == rows["helped_beyond"].with_relief


def test_customers_behave_alike_whatever_decides() -> None:
    """Given the same decisions on both sides, then customers do the same: nothing in them knows of Relief."""
    customer = draw_customer(load_population(), 1, 7)
    runs = [
        Play(customer, Side(name, without_classifier(), own_rules=False), BotRates(), 0, 0.0).run()
        for name in ("without", "with_relief")
    ]
    assert runs[0] == runs[1]


class Scripted:
    """A runner that answers as told."""

    def __init__(self, *actions: Action) -> None:
        self._relief = without_classifier()
        self._actions = list(actions)
        self.turns: list[Any] = []

    def begin(self, session_id: str) -> None:
        """Begin."""
        self._relief.begin(session_id)

    def take(self, turn: Any) -> Any:
        """Return Relief's answer with the next action in its place."""
        self.turns.append(turn)
        answer = self._relief.take(turn)
        return answer.model_copy(update={"action": self._actions.pop(0) if self._actions else Action.answer})

    def stored(self) -> None:
        """Return nothing."""


def customer_of(topic: str) -> Customer:
    """Return the first customer with this topic who writes words."""
    people = (draw_customer(load_population(), "test", number) for number in range(200))
    return next(one for one in people if one.topic.name == topic and one.voice.only_clicks == 0)


def test_a_bot_without_fault_needs_a_message_a_step_and_a_message_a_fact() -> None:
    """Given an order to change and no failure, then three steps and two facts take five messages, and all is solved."""
    runner = Scripted()
    play = Play(customer_of("order_change"), Side("x", runner, own_rules=False), BotRates(**PERFECT), 0, 0.0)
    contact = play.run()
    if contact.asked_at is None:
        assert (contact.ending, contact.messages) == (Ending.solved, 5)
        assert [turn.bot.step for turn in runner.turns if turn.bot.step] == ["locate_order", "check_change_window"]


def test_a_hand_over_ends_the_bots_part() -> None:
    """Given a decision to hand over, then the contact ends there."""
    runner = Scripted(Action.answer, Action.escalate)
    contact = Play(customer_of("billing_dispute"), Side("x", runner, own_rules=False), BotRates(), 0, 0.0).run()
    assert (contact.ending, contact.messages) == (Ending.handed_over, 2)


def shift_of(**fields: Any) -> Shift:
    """Return a played shift with one matter in it."""
    shift = Shift(Side("x", without_classifier(), own_rules=False), BotRates(), Staffing(), [])
    shift.matters = [Matter(beyond=False, contacts=1, **fields)]
    return shift


def test_figures_are_quotients_of_sums_with_their_interval() -> None:
    """Given matters of which all is known, then means are right, intervals hold them, and equal sides differ by 0."""
    without = [shift_of(messages=number, left=1) for number in (4, 6, 8, 10)]
    with_relief = [shift_of(messages=number) for number in (2, 4, 6, 8)]
    rows = {row.name: row for row in compare(without, with_relief, seed=1)}
    assert (rows["effort"].without.value, rows["effort"].with_relief.value) == (7, 5)
    assert rows["effort"].difference.model_dump() == {"value": -2, "low": -2, "high": -2}
    low, high = rows["effort"].without.low, rows["effort"].without.high
    assert low is not None
    assert high is not None
    assert 4 <= low < 7 < high <= 10
    assert rows["abandonment"].difference.value == -100
    assert rows["time_to_person"].without.value is None


def test_luck_is_the_same_for_the_same_question() -> None:
    """Given a question twice, then luck is the same; what happens at a chance happens at a greater one."""
    luck = Luck(1, 2)
    assert luck.share("a") == Luck(1, 2).share("a") != luck.share("b")
    for number in range(50):
        assert luck.happens(0.6, number) or not luck.happens(0.3, number)
    shares = [luck.draw({"x": 0.25, "y": 0.75, "z": 0.0}, number) for number in range(800)]
    assert 0.2 < shares.count("x") / 800 < 0.3
    assert "z" not in shares
    assert sum(luck.waits(10, number) for number in range(800)) / 800 == pytest.approx(10, rel=0.15)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"channels": {"web_chat": 0.5}}, "channels"),
        ({"topics": []}, "topics"),
        ({"assumptions": []}, "assumptions"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_population_that_makes_no_sense_is_refused(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    """Given shares that do not add up, or a part that is missing or unknown, then the file is refused and says where."""
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8")) | change
    path = tmp_path / "people.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(DataFileInvalid, match=named):
        load_population(path)


def test_a_topic_must_be_a_journey_with_all_its_facts() -> None:
    """Given a topic that no journey has, or a slot without a value, then the population is refused."""
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    document["topics"][0]["facts"] = {}
    with pytest.raises(ValueError, match="order_number"):
        Population.model_validate(document)
    document["topics"][0]["name"] = "gardening"
    with pytest.raises(ValueError, match="gardening"):
        Population.model_validate(document)


def test_the_command_prints_a_table_or_one_object(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the command, then people get a table with its assumptions and their sources, machines one JSON object."""
    monkeypatch.setattr("relief.measure.trial.command.find_classifier", lambda: lambda _text, _said: None)
    few = ["simulate", "--customers", "6", "--shifts", "2"]
    assert main(few) == 0
    table = capsys.readouterr().out
    assert "without Relief" in table
    assert all(assumption.what in table for assumption in load_population().assumptions)
    assert main([*few, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["plan"]["customers"] == 6
    assert {row["name"] for row in report["figures"]} >= {"effort", "time_to_person", "repeats", "abandonment"}


@pytest.mark.parametrize(
    "options",
    [
        ["--beyond", "2"],
        ["--customers", "1"],
        ["--people", "0"],
        ["--population", "/nowhere.yaml"],
        ["--shifts", "900"],
    ],
)
def test_a_plan_that_makes_no_sense_is_said_so(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Given a rate above 1, nobody at all, or a file that is not there, then the user is told, and the code is 2."""
    assert main(["simulate", *options]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err
    assert "Traceback" not in told.err


def test_needless_hand_overs_are_counted_by_what_handed_over() -> None:
    """Given some that nobody asked for, then the report names the rule of each, on both sides, and the table shows them."""
    plan = parse_plan({"customers": 60, "shifts": 3, "bot": {"beyond": 0}})
    report = simulate(plan, load_population(), without_classifier())
    shares = {row.name: row for row in report.figures}["needless"]
    for side, share in (("without", shares.without.value), ("with_relief", shares.with_relief.value)):
        assert share is not None
        assert sum(report.needless[side].values()) >= round(share * plan.customers / 100) > 0
    known = {rule.id for rule in load_policy().rules} | {"risk-of-wrong-answer"}
    assert set(report.needless["with_relief"]) <= known
    assert report.needless["without"].get("bad-answers-in-a-row")
    rule, count = next(iter(report.needless["with_relief"].items()))
    assert f"Needless hand-overs with Relief, by what handed over: {rule} {count}" in tell(report)
