"""What venues report against the books: crossings agree, and what is amiss is named with its age."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.line import SUM_DECIMALS
from deskwatch.core.money import REPORTING_DECIMALS
from deskwatch.core.observation import BalanceReport, PositionReport
from deskwatch.core.period import SECOND
from deskwatch.core.reconciliation import Finding
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings, ReconciliationSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import EQUITY, FUTURE, INVERSE, MINUTE, SPOT, TEN

INSTRUMENTS = {one.symbol: one for one in (EQUITY, FUTURE, INVERSE, SPOT)}


class Desk:
    """Books that are told of fills and reports; times are seconds after ten."""

    def __init__(self, **settings: object) -> None:
        self.books = Books(BooksSettings(**settings))  # type: ignore[arg-type]
        self.fills = 0
        for one in INSTRUMENTS.values():
            self.tell(one, 0)

    def tell(self, happened: event.Event, at: float) -> "Desk":
        self.books.begin(max(TEN + round(at * SECOND), self.books.now))
        assert self.books.apply(happened)
        return self

    def fill(
        self, signed: str, time: float, *, arrives: float | None = None, of=EQUITY, price="100",
        strategy="mm", **terms: Any,
    ) -> "Desk":  # fmt: skip
        self.fills += 1
        filled = event.Fill(
            event_time=TEN + round(time * SECOND), account="A1", strategy=strategy,
            venue=of.venue, symbol=of.symbol, side="sell" if signed[0] == "-" else "buy",
            quantity=signed.lstrip("+-"), price=price, exec_id=f"E{self.fills}", **terms,
        )  # fmt: skip
        return self.tell(filled, time if arrives is None else arrives)

    def said(
        self, quantity: str | None, time: float, *, arrives: float | None = None, of=EQUITY,
        error: str = "",
    ) -> "Desk":  # fmt: skip
        report = PositionReport(
            event_time=TEN + round(time * SECOND), account="A1", venue=of.venue, symbol=of.symbol,
            quantity=quantity, error=error,
        )  # fmt: skip
        return self.tell(report, time if arrives is None else arrives)

    def balance(
        self, total: str | None, time: float, *, currency="USD", venue="XNAS", error=""
    ) -> "Desk":
        report = BalanceReport(
            event_time=TEN + round(time * SECOND), account="A1", venue=venue, currency=currency,
            total=total, error=error,
        )  # fmt: skip
        return self.tell(report, time)

    def pay_in(self, amount: str, time: float, currency="USD") -> "Desk":
        paid = event.Cash(
            event_time=TEN + round(time * SECOND), account="A1", amount=amount, currency=currency
        )
        return self.tell(paid, time)

    def found(self, at: float) -> Finding:
        (finding,) = self.books.reconciliation.findings(TEN + round(at * SECOND), self.books.watch)
        return finding


def stands(finding: Finding) -> tuple[str, str | None, str | None]:
    return finding.standing, finding.reason, finding.kind


def apart(finding: Finding) -> Fraction:
    return Fraction(finding.apart, 10**finding.decimals)


OK = ("ok", None, None)


def test_strategies_add_up_to_what_the_venue_holds():
    desk = Desk().fill("+10", 1).fill("-4", 1, strategy="pairs").said("6", 10)
    assert stands(desk.found(11)) == OK


def test_a_fill_that_never_came_is_a_break_once_the_grace_is_over():
    desk = Desk().fill("+10", 1).said("14", 10)
    assert stands(desk.found(12.9)) == OK
    assert (desk.found(12.9).since, desk.found(12.9).apart) == (None, 0)
    broken = desk.found(13)
    assert stands(broken) == ("break", None, "quantity")
    assert apart(broken) == 4
    assert broken.since == TEN + 10 * SECOND


@pytest.mark.parametrize(
    "desk",
    [
        pytest.param(Desk().said("10", 10).fill("+10", 9.9, arrives=10.5), id="report first"),
        pytest.param(Desk().fill("+10", 9.9).said("10", 9.95, arrives=11), id="fill first"),
        pytest.param(
            Desk().fill("+10", 9).said("10", 9.5, arrives=11).fill("+5", 10, arrives=12),
            id="a later fill is none of the report's business",
        ),
        pytest.param(
            Desk().fill("+10", 1).fill("+5", 10).said("10", 11), id="a snapshot a little behind"
        ),
        pytest.param(
            Desk().fill("+10", 1).said("15", 10).fill("+5", 11), id="a snapshot a little ahead"
        ),
    ],
)
def test_what_crosses_on_the_wire_is_no_break(desk):
    assert stands(desk.found(60)) == OK


def test_a_break_keeps_its_age_until_a_report_ends_it():
    desk = Desk().fill("+10", 1).said("14", 10).said("15", 20).said(None, 30, error="timeout")
    assert desk.found(40).since == TEN + 10 * SECOND
    assert apart(desk.found(40)) == 5
    assert stands(desk.said("10", 50).found(55)) == OK


@pytest.mark.parametrize(
    ("held", "said", "kind"),
    [
        ("+10", "0", "missing_at_venue"),
        ("-10", "0", "missing_at_venue"),
        ("+10", "-10", "quantity"),
    ],
)
def test_the_kind_of_a_break(held, said, kind):
    assert Desk().fill(held, 1).said(said, 10).found(20).kind == kind


def test_what_only_the_venue_holds_is_missing_in_the_books():
    assert Desk().said("-2", 10).found(20).kind == "missing_in_books"
    unheard = replace(EQUITY, symbol="NEW")
    broken = Desk().said("5", 10, of=unheard).found(20)
    assert (broken.kind, apart(broken), broken.notional) == ("missing_in_books", 5, None)


def test_an_instrument_told_of_later_is_compared_from_then_on():
    fresh = replace(EQUITY, symbol="NEW")
    desk = Desk().said("5", 10, of=fresh).tell(fresh, 11).fill("+5", 9, arrives=12, of=fresh)
    assert stands(desk.found(20)) == OK


def test_a_query_that_fails_is_unknown_and_never_flat():
    desk = Desk().said(None, 10, error="timeout")
    assert stands(desk.found(10)) == ("unknown", "query_failed", None)
    assert (desk.found(10).said, desk.found(10).error, desk.found(10).failures) == (
        None, "timeout", 1,
    )  # fmt: skip
    assert stands(desk.said("0", 20).found(20)) == OK


def test_a_query_that_fails_keeps_what_was_said_last():
    desk = Desk().fill("+10", 1).said("10", 10).said(None, 40, error="503")
    found = desk.found(41)
    assert stands(found) == ("unknown", "query_failed", None)
    assert (found.said, found.said_time) == (10 * 10**18, TEN + 10 * SECOND)


def test_silence_is_not_agreement():
    desk = Desk().fill("+10", 1).said("10", 10)
    assert stands(desk.found(310)) == OK
    assert stands(desk.found(311)) == ("unknown", "stale", None)
    assert stands(Desk().said("0", 10).found(1000)) == OK


@pytest.mark.parametrize(
    ("stamped", "counted_from"),
    [
        pytest.param(60, 10, id="ahead of our clock: from when it came"),
        pytest.param(4, 4, id="late: from its own time"),
    ],
)
def test_a_report_is_never_younger_than_since_it_came(stamped, counted_from):
    desk = Desk().fill("+10", 1).said("10", stamped, arrives=10)
    assert stands(desk.found(counted_from + 300)) == OK
    assert stands(desk.found(counted_from + 301)) == ("unknown", "stale", None)


def test_reports_out_of_order_and_out_of_memory_say_nothing():
    desk = Desk().fill("+10", 1).said("10", 20).said("4", 15, arrives=21)
    assert stands(desk.found(60)) == OK
    for n in range(600):
        desk.fill("+1", 30 + n / 100)
    assert stands(desk.said("10", 25, arrives=40).found(60)) == ("unknown", "overtaken", None)
    assert stands(desk.said("610", 50).found(60)) == OK


def test_busts_corrections_and_splits_move_what_is_compared():
    place = {"account": "A1", "venue": "XNAS", "symbol": "AAPL", "side": "buy"}
    desk = Desk().fill("+10", 1).fill("+6", 2).said("16", 10)
    desk.tell(event.Bust(event_time=TEN + 11 * SECOND, exec_id="B1", ref_exec_id="E2", **place), 11)
    assert stands(desk.said("10", 20).found(30)) == OK
    corrected = event.Correction(
        event_time=TEN + 21 * SECOND, exec_id="C1", ref_exec_id="E1", quantity="12", price="99",
        **place,
    )  # fmt: skip
    assert stands(desk.tell(corrected, 21).said("12", 30).found(40)) == OK
    desk.tell(
        event.Split(
            event_time=TEN + 41 * SECOND, venue="XNAS", symbol="AAPL", numerator=2, denominator=1
        ),
        41,
    )
    assert stands(desk.said("12", 40, arrives=42).found(50)) == ("unknown", "overtaken", None)
    assert stands(desk.said("24", 60).found(70)) == OK


def test_a_break_is_worth_what_the_mark_says_in_the_accounts_currency():
    desk = Desk().fill("+10", 1, of=FUTURE).said("12", 10, of=FUTURE)
    assert desk.found(20).notional is None
    mark = event.Mark(event_time=TEN + 20 * SECOND, venue="XCME", symbol="ESZ6", price="4000")
    assert desk.tell(mark, 20).found(21).notional == 2 * 4000 * 50 * 10**9


def test_a_break_of_coins_is_worth_their_mark_and_nothing_without_a_rate():
    desk = Desk(mark_max_age_ns=MINUTE).fill("+0.5", 1, of=SPOT).said("0.25", 10, of=SPOT)
    desk.tell(event.Mark(event_time=TEN + SECOND, venue="BINANCE", symbol="BTCUSDT", price="40"), 1)
    broken = desk.found(20)
    assert (stands(broken), apart(broken)) == (("break", None, "quantity"), Fraction(-1, 4))
    assert broken.notional is None
    desk.tell(event.Fx(event_time=TEN + SECOND, base="USDT", quote="USD", rate="0.5"), 20)
    assert desk.found(20).notional == 5 * 10**REPORTING_DECIMALS


def test_another_account_s_holdings_are_its_own():
    desk = Desk().fill("+10", 1)
    desk.tell(
        event.Fill(
            event_time=TEN, account="A2", strategy="mm", venue="XNAS", symbol="AAPL", side="buy",
            quantity="5", price="100", exec_id="other",
        ), 1,
    )  # fmt: skip
    assert stands(desk.said("10", 11).found(20)) == OK


def test_what_is_held_where_no_report_came_is_unreported():
    desk, place = Desk().fill("+10", 1), ("A1", "XNAS", "AAPL")
    positions = desk.books.reconciliation.positions
    assert positions.is_unreported(place)
    desk.fill("-10", 2)
    assert not positions.is_unreported(place)
    desk.fill("+10", 3).said("10", 4)
    assert not positions.is_unreported(place)


@pytest.mark.parametrize(
    ("held", "said"),
    [pytest.param("+10", "0", id="we alone hold"), pytest.param("+1 -1", "10", id="they alone")],
)
def test_silence_matters_also_before_what_one_side_holds_alone_is_a_break(held, said):
    settings = ReconciliationSettings(max_age_ns=SECOND, grace_ns=MINUTE)
    desk = Desk(reconciliation=settings)
    for each in held.split():
        desk.fill(each, 1)
    assert stands(desk.said(said, 10).found(12)) == ("unknown", "stale", None)


@pytest.mark.parametrize(
    ("paid", "said"),
    [pytest.param("100", "0", id="we alone have"), pytest.param("0", "100", id="they alone")],
)
def test_silence_of_a_balance_matters_while_either_side_has_any(paid, said):
    settings = ReconciliationSettings(max_age_ns=SECOND, grace_ns=MINUTE)
    desk = Desk(reconciliation=settings).pay_in("100", 1).balance("100", 2)
    if paid == "0":
        desk.pay_in("-100", 3)
    assert stands(desk.balance(said, 100).found(102)) == ("unknown", "stale", None)


def test_reports_are_bounded():
    desk = Desk(max_positions=1).said("1", 1)
    with pytest.raises(EventRejected, match="too_many_positions"):
        desk.said("1", 2, of=FUTURE)
    desk.said("2", 3)
    both = Desk(max_positions=2).said("1", 1).balance("1", 2)
    with pytest.raises(EventRejected, match="too_many_positions"):
        both.balance("1", 3, currency="EUR")


# Balances


def test_a_balance_that_the_books_explain_from_the_first_deposit():
    desk = Desk().pay_in("1000", 1).fill("+2", 2, price="100", fee="1.5")
    assert stands(desk.balance("798.5", 10).found(20)) == OK
    desk.fill("-1", 30, price="110", fee="1")
    assert stands(desk.balance("907.5", 40).found(50)) == OK
    broken = desk.balance("900", 60).found(63)
    assert (stands(broken), apart(broken)) == (("break", None, "balance"), Fraction("-7.5"))
    assert broken.notional == 7_500_000_000


def test_a_balance_that_cannot_be_asked_for_is_unknown_until_it_can():
    desk = Desk().pay_in("100", 1).balance("100", 2)
    failed = desk.balance(None, 10, error="timeout").found(20)
    assert stands(failed) == ("unknown", "query_failed", None)
    assert stands(desk.balance("100", 30).found(40)) == OK


def test_a_fee_in_a_third_currency_moves_the_balance_of_that_alone():
    desk = Desk().pay_in("1", 0, currency="BNB").balance("1", 1, currency="BNB", venue=SPOT.venue)
    desk.fill("+2", 2, of=SPOT, price="100", fee="0.1", fee_currency="BNB")
    assert desk.found(3).ours == 9 * 10 ** (SUM_DECIMALS - 1)
    assert stands(desk.balance("0.9", 10, currency="BNB", venue=SPOT.venue).found(20)) == OK


def test_a_fee_and_funding_move_a_balance_when_they_come():
    desk = Desk().pay_in("100", 1).balance("100", 2)
    place = {"account": "A1", "strategy": "mm", "venue": "XNAS", "symbol": "AAPL"}
    desk.tell(event.Fee(event_time=TEN + 3 * SECOND, **place, amount="7", currency="USD"), 3)
    desk.tell(event.Funding(event_time=TEN + 4 * SECOND, **place, amount="-3"), 4)
    assert desk.found(4).ours == 90 * 10**SUM_DECIMALS
    assert stands(desk.balance("90", 10).found(20)) == OK


def test_a_balance_that_agrees_is_apart_by_nothing_and_a_break_says_since_when_and_what_for():
    desk = Desk().pay_in("100", 1, currency="EUR")
    desk.tell(event.Fx(event_time=TEN, base="EUR", quote="USD", rate="1.5"), 1)
    finding = desk.balance("100", 2, currency="EUR").found(20)
    assert (finding.standing, finding.since, finding.apart, finding.notional) == (
        "ok", None, 0, None,
    )  # fmt: skip
    crossing = desk.balance("60", 21, currency="EUR").found(22)
    assert (crossing.standing, crossing.since, crossing.apart, crossing.notional) == (
        "ok", None, 0, None,
    )  # fmt: skip
    broken = desk.found(30)
    assert stands(broken) == ("break", None, "balance")
    assert (broken.since, apart(broken)) == (TEN + 21 * SECOND, -40)
    assert broken.notional == 60 * 10**REPORTING_DECIMALS


def test_what_was_there_before_the_books_is_taken_from_a_report_that_nothing_crosses():
    desk = Desk().fill("+1", 9, price="100")
    assert stands(desk.balance("5000", 10).found(20)) == ("unknown", "no_opening", None)
    assert stands(desk.balance("5000", 30).found(40)) == OK
    assert stands(desk.fill("-1", 50, price="120").balance("5120", 60).found(70)) == OK
    assert desk.balance("5100", 80).found(90).standing == "break"


def test_a_balance_may_arrive_before_its_fill():
    desk = Desk().balance("1000", 1).balance("899", 10.1)
    assert stands(desk.fill("+1", 10, arrives=10.3, fee="1").found(60)) == OK


def test_a_fill_from_before_the_opening_was_in_it():
    desk = Desk().balance("1000", 10).fill("+1", 2, arrives=20)
    assert stands(desk.found(30)) == OK
    assert stands(desk.balance("1000", 40).found(50)) == OK


def test_an_open_derivative_makes_a_balance_unknown_and_a_closed_one_known():
    desk = Desk().pay_in("1000", 0).fill("+1", 1, of=FUTURE, price="100", fee="2")
    assert stands(desk.balance("998", 10, venue="XCME").found(20)) == OK
    told = desk.balance("1100", 30, venue="XCME").found(40)
    assert stands(told) == ("unknown", "open_derivatives", None)
    desk.fill("-1", 50, of=FUTURE, price="102", fee="2")
    assert stands(desk.balance("1096", 60, venue="XCME").found(70)) == OK
    assert desk.balance("1100", 80, venue="XCME").found(90).standing == "break"


def test_what_an_option_settles_for_makes_a_balance_unknown():
    option = replace(EQUITY, symbol="AAPL 200C", instrument_type="option")
    desk = Desk().pay_in("1000", 0).balance("1000", 1)
    desk.tell(option, 2).fill("+1", 3, of=option, price="5")
    told = desk.balance("995", 10).found(20)
    assert stands(told) == ("unknown", "unknown_settlement", None)


def test_coins_are_a_balance_and_so_are_fees_in_them():
    desk = Desk().fill("+2", 1, of=SPOT, price="100", fee="0.002", fee_currency=SPOT.base)
    assert stands(desk.balance("1.998", 10, venue=SPOT.venue, currency=SPOT.base).found(20)) == OK


def test_capital_of_two_venues_belongs_to_neither():
    desk = Desk().pay_in("1000", 0).balance("1000", 10).balance("0", 10, venue="XCME")
    first = list(desk.books.reconciliation.findings(TEN + 11 * SECOND, desk.books.watch))
    assert [one.reason for one in first] == ["no_opening", None]
    desk.balance("1000", 20).balance("0", 20, venue="XCME")
    assert [
        one.standing for one in desk.books.reconciliation.findings(TEN + MINUTE, desk.books.watch)
    ] == ["ok"] * 2
    desk.pay_in("50", 30)
    found = list(desk.books.reconciliation.findings(TEN + MINUTE, desk.books.watch))
    assert [one.reason for one in found] == ["no_opening"] * 2


def test_reports_that_each_cross_something_else_are_no_lasting_break():
    desk = Desk().said("1", 10).fill("+1", 10, arrives=12.5)
    desk.said("2", 12, arrives=12.2).fill("+1", 12, arrives=14.5)
    assert stands(desk.found(14.6)) == OK
    assert stands(desk.found(60)) == OK


def test_a_break_shows_through_what_crosses_every_report():
    desk = Desk().fill("+1", 1)
    for second in range(10, 20):
        desk.said(str(second), second).fill("+1", second, arrives=second + 0.5)
    assert desk.found(20).kind == "quantity"
    assert desk.found(20).since == TEN + 10 * SECOND


def test_a_fill_that_contradicts_what_was_said_long_ago_has_its_grace_too():
    desk = Desk().said("0", 10).fill("+1", 2, arrives=100)
    assert stands(desk.found(102)) == OK
    broken = desk.found(103)
    assert (broken.kind, broken.since) == ("missing_at_venue", TEN + 100 * SECOND)


# Laws

steps = st.lists(
    st.tuples(
        st.sampled_from(["fill", "fill", "report", "failed", "balance", "pay", "fee"]),
        st.integers(-5, 5),
        st.integers(0, 2000),
        st.integers(0, 5000),
    ),
    max_size=40,
)


def play(books: Books, drawn, first: int = 0) -> None:
    """Tell of the steps; each is late by some milliseconds, and some are late by seconds."""
    now = TEN
    for number, (kind, amount, late_ms, pause_ms) in enumerate(drawn):
        now += pause_ms * 1_000_000
        if number < first:
            continue
        books.begin(now)
        time = now - late_ms * 1_000_000
        who: dict[str, Any] = {"account": "A1", "venue": "XNAS"}
        happened: event.Event
        match kind:
            case "fill":
                happened = event.Fill(
                    event_time=time, symbol="AAPL", side="buy" if amount > 0 else "sell",
                    quantity=str(abs(amount) or 1), price="10", exec_id=f"E{number}", **who,
                )  # fmt: skip
            case "report":
                happened = PositionReport(
                    event_time=time, symbol="AAPL", quantity=str(amount), **who
                )
            case "failed":
                happened = PositionReport(
                    event_time=time, symbol="AAPL", quantity=None, error="503", **who
                )
            case "balance":
                happened = BalanceReport(
                    event_time=time, currency="USD", total=str(amount * 10), **who
                )
            case "pay":
                happened = event.Cash(
                    event_time=time, account="A1", amount=str(amount), currency="USD"
                )
            case _:
                happened = event.Fee(
                    event_time=time, symbol="AAPL", amount=str(amount), currency="USD", **who
                )
        books.apply(happened)


def opened() -> Books:
    books = Books(BooksSettings())
    books.begin(TEN)
    books.apply(EQUITY)
    return books


@given(steps, st.data())
def test_a_restart_keeps_every_age_and_finding(drawn, data):
    cut = data.draw(st.integers(0, len(drawn)))
    whole = opened()
    play(whole, drawn)
    before = opened()
    play(before, drawn[:cut])
    resumed = Books(BooksSettings())
    load(resumed, dump(before))
    play(resumed, drawn, first=cut)
    assert dump(resumed) == dump(whole)
    later = whole.now + MINUTE
    assert list(resumed.reconciliation.findings(later, resumed.watch)) == list(
        whole.reconciliation.findings(later, whole.watch)
    )


@given(
    st.lists(st.tuples(st.integers(-5, 5).filter(bool), st.integers(1, 4000)), max_size=20),
    st.lists(st.integers(0, 2900), min_size=20, max_size=20),
    st.data(),
)
def test_a_true_report_never_breaks_however_it_crosses(trades, delays, data):
    """Each fill and report is up to a grace late, in any order: both sides tell the truth."""
    time, held, arrivals = TEN, 0, []
    for number, (amount, pause_ms) in enumerate(trades):
        time += pause_ms * 1_000_000
        held += amount
        filled = event.Fill(
            event_time=time, account="A1", venue="XNAS", symbol="AAPL", price="10",
            side="buy" if amount > 0 else "sell", quantity=str(abs(amount)), exec_id=f"E{number}",
        )  # fmt: skip
        arrivals.append((time + delays[number] * 1_000_000, filled))
        if data.draw(st.booleans()):
            report = PositionReport(
                event_time=time, account="A1", venue="XNAS", symbol="AAPL", quantity=str(held)
            )
            late = data.draw(st.integers(0, 2900))
            arrivals.append((time + late * 1_000_000, report))
    books = opened()
    for arrives, happened in sorted(arrivals, key=lambda each: each[0]):
        books.begin(arrives)
        books.apply(happened)
        assert all(
            one.standing == "ok" for one in books.reconciliation.findings(books.now, books.watch)
        )
    for finding in books.reconciliation.findings(books.now + MINUTE, books.watch):
        assert finding.standing == "ok"


def test_settings_move_the_grace_and_the_age():
    patient = ReconciliationSettings(grace_ns=20 * SECOND, max_age_ns=30 * SECOND)
    desk = Desk(reconciliation=patient).fill("+10", 1).said("9", 30)
    assert stands(desk.found(49)) == OK
    assert desk.found(50).standing == "break"
    assert stands(desk.said("10", 55).found(86)) == ("unknown", "stale", None)
