"""Value at risk as the API answers it."""

from decimal import Decimal
from typing import get_args

import pytest

from deskwatch.engine.views.var import var
from deskwatch.risk.portfolio import UNKNOWN_REASONS
from deskwatch.web.answers.var import Unknown
from tests.risk.desk import RiskDesk


def test_an_account_comes_before_its_strategies():
    desk = RiskDesk().fill(10, "AAPL").fill(1, "ESZ6", strategy="macro").walk(22, "AAPL", "ESZ6")
    answer = var(desk.books, desk.now)
    assert [(row.account, row.strategy) for row in answer.rows] == [
        ("A1", None), ("A1", "macro"), ("A1", "mm")
    ]  # fmt: skip
    assert (answer.interval_s, answer.horizon_s, answer.limit_confidence) == (60, 60, 0.99)
    whole, *parts = answer.rows
    for number, tail in enumerate(whole.tails):
        assert (tail.component, tail.marginal_ratio) == (None, None)
        shares = [part.tails[number].component for part in parts]
        if tail.method in ("historical", "ewma"):
            total = sum(Decimal(share) for share in shares if share is not None)
            assert float(total) == pytest.approx(float(tail.value_at_risk), abs=1e-8)
        else:
            assert shares == [None, None]
    assert whole.backtests[0].observations == 11
    assert whole.backtests[0].zone in ("green", "yellow", "red")


def test_what_is_unknown_says_why():
    desk = RiskDesk().fill(10, "AAPL")
    whole, strategy = var(desk.books, desk.now).rows
    assert whole.unknown == strategy.unknown == "no_mark"
    assert (whole.tails, whole.gross, whole.backtests) == ([], None, [])


def test_every_reason_has_its_name_in_the_answer():
    assert get_args(Unknown) == UNKNOWN_REASONS
