"""The soft layer: what going on automating would cost, against what a needless hand-over costs."""

from typing import Any

from relief.decide.policy import Costs


def weigh_risk(facts: dict[str, Any], costs: Costs) -> dict[str, float]:
    """Return the two costs that the policy compares.

    ``unresolved = 1 - (1 - doubt(1 - confidence)) (1 - friction frustration) (1 - failure failures)``: the
    chance that this turn's automated answer leaves the customer where they are, treating doubt about the
    intent, friction and earlier failures as independent. ``automating = harm value unresolved``, plus a
    share for urgency. The numbers are the policy's own; the unit is one wrong answer of full harm.
    """
    doubt = costs.doubt * (1 - facts["intent"]["confidence"])
    friction = costs.friction * facts["scores"]["frustration"]
    failure = min(1.0, costs.failure * facts["progress"]["unsuccessful"])
    unresolved = 1 - (1 - doubt) * (1 - friction) * (1 - failure)
    value = costs.value.get(facts["customer"]["value"], 1.0)
    automating = facts["journey"]["harm"] * value * unresolved + costs.urgency * facts["scores"]["urgency"] * unresolved
    return {
        "automating": round(automating, 4),
        "handing_over": costs.needless_handover,
        "unresolved": round(unresolved, 4),
    }


def find_balance(facts: dict[str, Any], costs: Costs, bound: float) -> dict[str, float]:
    """Return the frustration, and the confidence, at which automating costs ``bound``, all else being equal.

    It is the formula of ``weigh_risk`` solved for each; what would have to lie outside 0 to 1 is left out.
    """
    doubt = costs.doubt * (1 - facts["intent"]["confidence"])
    friction = costs.friction * facts["scores"]["frustration"]
    failure = min(1.0, costs.failure * facts["progress"]["unsuccessful"])
    value = costs.value.get(facts["customer"]["value"], 1.0)
    weight = facts["journey"]["harm"] * value + costs.urgency * facts["scores"]["urgency"]
    if not weight:
        return {}
    resolved = 1 - bound / weight
    found = {}
    if costs.friction and (1 - doubt) * (1 - failure):
        found["scores.frustration"] = (1 - resolved / ((1 - doubt) * (1 - failure))) / costs.friction
    if costs.doubt and (1 - friction) * (1 - failure):
        found["intent.confidence"] = 1 - (1 - resolved / ((1 - friction) * (1 - failure))) / costs.doubt
    return {name: number for name, number in found.items() if 0 < number < 1}
