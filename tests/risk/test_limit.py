"""A limit on value at risk, beside what the risk book says."""

from msgspec.structs import replace

from deskwatch.core.holder import Holder
from deskwatch.core.limit import LIMIT_DECIMALS, LimitSettings
from deskwatch.core.limits import Limits
from deskwatch.core.money import POW10, REPORTING_DECIMALS
from deskwatch.core.period import SECOND
from tests.risk.desk import RISK, RiskDesk

LIMITS = LimitSettings(accounts={"A1": {"var": "100"}}, strategies={("A1", "mm"): {"var": "50"}})


def uses(desk: RiskDesk) -> dict[Holder, int | None]:
    found = Limits(LIMITS, desk.books).uses(desk.now)
    return {use.holder: use.used for use in found if use.kind == "var"}


def test_what_is_used_is_the_var_of_the_limits_measure():
    desk = RiskDesk().fill(10, "AAPL").walk(12)
    var = desk.risk.var("A1", now=desk.now)
    assert var
    used = var * POW10[LIMIT_DECIMALS - REPORTING_DECIMALS]
    assert uses(desk) == {Holder("A1"): used, Holder("A1", "mm"): used}


def test_what_is_not_known_is_not_zero():
    desk = RiskDesk().fill(10, "AAPL").walk(3)
    assert uses(desk) == {Holder("A1"): None, Holder("A1", "mm"): None}


def test_a_var_that_a_jump_bends_back_is_not_zero():
    """Cornish-Fisher says nothing just after a jump, and so does a limit by it."""
    risk = replace(RISK, limit_method="cornish_fisher")
    desk = RiskDesk(risk=risk).fill(10, "AAPL").walk(25)
    assert uses(desk)[Holder("A1")]
    desk.at(desk.now + 30 * SECOND).mark("AAPL", 2 * desk.prices["AAPL"])
    desk.at(desk.now + 30 * SECOND)
    assert uses(desk) == {Holder("A1"): None, Holder("A1", "mm"): None}
