"""Recorded positions and balances agree with the fills beside them, or the break is named."""

import pytest

from tests.conformance.reconciliation import (
    PART,
    PAYLOADS,
    SESSIONS,
    bybit,
    dydx,
    flex,
    render,
    sessions,
)

MISSING = [str(folder) for folder in (SESSIONS, PAYLOADS) if not folder.exists()]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} is not there")

#: Money moved in these and no message of it was recorded: funding, a transfer, orders cut off.
UNRECORDED = {"raw-ws", "trade-01", "trade-07"}


def test_no_position_of_a_recorded_session_ever_breaks():
    for found in sessions():
        assert "missing" not in found.named
        assert "quantity" not in found.named


def test_a_balance_breaks_where_money_moved_that_was_not_recorded_and_nowhere_else():
    broken = {found.name.split()[-1] for found in sessions() if found.named}
    assert broken == UNRECORDED
    assert {found.named for found in sessions()} == {"", "USDT balance"}


def test_a_statement_agrees_with_its_trades():
    assert (flex().at_end, flex().broken) == ({"ok": 1}, 0)


def test_fills_without_their_beginning_and_positions_without_fills_are_named():
    assert dydx().named == "BTC-USD missing_at_venue"
    assert bybit().named == "BTCUSDT missing_in_books, ETHUSDT missing_in_books"


def test_the_document_says_what_the_tests_find():
    table = PART.text()
    assert table == render(), "python -m tests.conformance.reconciliation --write"
