"""The front's throttles are the template's, as token buckets."""

from tests.local.template import Template, project_template
from tests.local.throttles import Limit, Throttles, read_limits


def test_the_limits_are_those_of_the_template() -> None:
    """Given the project's template, then each route that it names has its limit, and all others the usual one."""
    values = {"JwtIssuer": "https://issuer.example.com", "JwtAudience": "relief"}
    limits = Template(project_template(), stack_name="s", parameters=values).limits
    assert limits[""].rate >= 1000
    assert limits["PUT /v1/policies/active"].rate < limits["GET /v1/metrics"].rate < limits[""].rate


def test_a_bucket_lets_a_burst_in_and_then_its_rate() -> None:
    """Given a burst, then it is let in as far as the bucket goes; with time it fills again, and no further."""
    now = [0.0]
    throttles = Throttles({"": Limit(2, 4), "GET /own": Limit(1, 1)}, clock=lambda: now[0])
    assert [throttles.admit("POST /turns") for _ in range(5)] == [True, True, True, True, False]
    assert throttles.admit("GET /own"), "a route of its own has its own bucket"
    now[0] = 1.0
    assert [throttles.admit("POST /turns") for _ in range(3)] == [True, True, False]
    now[0] = 100.0
    assert [throttles.admit("POST /turns") for _ in range(5)] == [True, True, True, True, False]


def test_a_share_scales_and_no_limit_limits_nothing() -> None:
    """Given a share of the limits, then the burst shrinks with it, to one at least; without limits all get in."""
    small = Throttles({"": Limit(1000, 500)}, 0.01, clock=lambda: 0.0)
    assert sum(small.admit("GET /") for _ in range(20)) == 5
    smallest = Throttles({"": Limit(10, 5)}, 0.01, clock=lambda: 0.0)
    assert sum(smallest.admit("GET /") for _ in range(20)) == 1
    unlimited = Throttles(read_limits({}))
    assert all(unlimited.admit("GET /") for _ in range(20))
