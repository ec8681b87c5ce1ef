"""The books as a whole: what each kind of event does, and what changes nothing."""

from fractions import Fraction

import msgspec
import pytest
from msgspec.structs import replace

from deskwatch.core import event
from deskwatch.core.codec import KINDS, decode
from deskwatch.core.event import Cash
from deskwatch.core.observation import Heartbeat, Order
from deskwatch.core.rejection import EventRejected
from deskwatch.core.schema import json_schema
from deskwatch.core.valuation import MAX_CURRENCIES
from tests.core.blotter import EQUITY, FUTURE, HOUR, INVERSE, MINUTE, SPOT, TEN, Desk, quantity_of


def refusal(call, *arguments, **fields) -> str:
    with pytest.raises(EventRejected) as refused:
        call(*arguments, **fields)
    return refused.value.reason


def bust(desk, ref, **fields):
    values = {
        "event_time": desk.now,
        "account": "A1",
        "venue": desk.instrument.venue,
        "symbol": desk.instrument.symbol,
        "side": "buy",
        "exec_id": f"B-{ref}",
        "ref_exec_id": ref,
    }
    return event.Bust(**(values | fields))


def correction(desk, ref, quantity, price, **fields):
    values = {
        "event_time": desk.now,
        "account": "A1",
        "venue": desk.instrument.venue,
        "symbol": desk.instrument.symbol,
        "side": "buy",
        "exec_id": f"C-{ref}",
        "ref_exec_id": ref,
        "quantity": quantity,
        "price": price,
    }
    return event.Correction(**(values | fields))


# --- fees ---------------------------------------------------------------------------------------


def test_fees_and_rebates_are_kept_apart_from_realized():
    desk = Desk()
    desk.fill("+10@100", fee="0.35")
    desk.fill("-10@101", fee="-0.10")
    assert desk.sums()["realized"] == 10
    assert desk.sums()["fees"] == Fraction("0.25")
    assert desk.sums()["net"] == Fraction("9.75")


def test_a_spot_fee_in_the_base_currency_is_paid_in_kind():
    desk = Desk(SPOT)
    desk.fill("+1@100", fee="0.001", fee_currency="BTC")
    assert quantity_of(desk.line) == Fraction("0.999")
    desk.fill("-0.999@110")
    assert desk.sums() | {"hour": 0, "day": 0} == {
        "realized": Fraction("9.99"),
        "unrealized": 0,
        "fees": Fraction("0.1"),
        "funding": 0,
        "hour": 0,
        "day": 0,
        "net": Fraction("9.89"),
    }


def test_a_fee_in_kind_that_comes_late_is_a_correction_of_its_fill():
    desk = Desk(SPOT)
    desk.fill("+1@100", exec_id="X")
    late = correction(desk, "X", "1", "100", fee="0.001", fee_currency="BTC")
    assert desk.books.apply(late)
    assert not desk.books.apply(late)
    assert quantity_of(desk.line) == Fraction("0.999")
    assert desk.sums()["fees"] == Fraction("0.1")


def test_a_fee_in_a_third_currency_stays_in_it_and_is_translated_in_totals():
    desk = Desk(SPOT)
    desk.fill("+1@100", fee="0.002", fee_currency="BNB")
    desk.mark("100")
    assert desk.sums("BNB")["fees"] == Fraction("0.002")
    assert desk.sums("USDT")["fees"] == 0
    account = desk.books.valuation.accounts["A1"]
    report = desk.books.valuation.reports(account, desk.now)["mm"]
    assert (report.fees, report.net, report.unpriced) == (None, None, "no_fx")
    desk.fx("BNB", "USD", "600").fx("USDT", "USD", "1")
    report = desk.books.valuation.reports(account, desk.now)["mm"]
    assert (report.fees, report.net) == (1_200_000_000, -1_200_000_000)


def test_a_future_settles_a_fee_in_its_base_like_any_other_currency():
    desk = Desk(FUTURE)
    desk.fill("+1@5000", fee="2.25", fee_currency="ES")
    assert quantity_of(desk.line) == 1
    assert desk.sums("ES")["fees"] == Fraction("2.25")


# --- duplicates ---------------------------------------------------------------------------------


def test_the_same_execution_twice_changes_nothing():
    desk = Desk()
    assert desk.fill("+10@100", exec_id="X")
    assert not desk.fill("+10@100.00", exec_id="X")
    assert not desk.fill("+10@100", exec_id="X", strategy="another name for it")
    assert quantity_of(desk.line) == 10


def test_an_exec_id_is_its_accounts_instruments_and_sides_own():
    desk = Desk()
    assert desk.fill("+10@100", exec_id="X")
    assert desk.fill("-10@100", exec_id="X")
    assert desk.fill("+10@100", exec_id="X", account="A2")


def test_a_known_exec_id_with_another_price_is_no_duplicate_but_a_conflict():
    desk = Desk()
    desk.fill("+10@100", exec_id="X")
    assert refusal(desk.fill, "+10@101", exec_id="X") == "exec_id_conflict"
    assert refusal(desk.fill, "+9@100", exec_id="X") == "exec_id_conflict"


@pytest.mark.parametrize(
    "taken_back_by", [bust, lambda desk, ref: correction(desk, ref, "9", "99")]
)
def test_a_fill_that_was_taken_back_is_known_and_another_one_under_its_name_a_conflict(
    taken_back_by,
):
    desk = Desk()
    desk.fill("+10@100", exec_id="X")
    desk.books.apply(taken_back_by(desk, "X"))
    assert not desk.fill("+10@100.00", exec_id="X")
    assert refusal(desk.fill, "+10@101", exec_id="X") == "exec_id_conflict"
    assert refusal(desk.fill, "+9@100", exec_id="X") == "exec_id_conflict"


@pytest.mark.parametrize("at_first", [None, "0"])
def test_a_copy_that_brings_a_fee_which_was_not_booked_is_no_duplicate(at_first):
    desk = Desk()
    desk.fill("+10@100", exec_id="X", fee=at_first)
    with pytest.raises(EventRejected, match=r"found 'X: fee 1.25'; expected no fee, .* fee event"):
        desk.fill("+10@100", exec_id="X", fee="1.25")
    assert not desk.fill("+10@100", exec_id="X", fee="0.00")
    assert desk.sums()["fees"] == 0


@pytest.mark.parametrize("again", [None, "0", "1.25", "1.2500001"])
def test_a_copy_says_nothing_new_of_a_fee_that_is_booked(again):
    desk = Desk()
    desk.fill("+10@100", exec_id="X", fee="1.25")
    assert not desk.fill("+10@100", exec_id="X", fee=again)
    assert desk.sums()["fees"] == Fraction("1.25")


def test_the_same_sequence_twice_changes_nothing_whatever_it_says():
    desk = Desk()
    assert desk.fill("+10@100", source="bot", sequence=1)
    assert not desk.fill("+10@100", source="bot", sequence=1)
    assert desk.fill("+10@100", source="bot", sequence=1, epoch=2)
    assert desk.fill("+10@100", source="bot2", sequence=1)


def test_a_fill_older_than_all_that_is_remembered_needs_a_sequence():
    desk = Desk(remembered_fills=4)
    for minute in range(6):
        desk.at(TEN + minute * MINUTE).fill("+1@100")
    assert refusal(desk.fill, "+1@100", exec_id="old", event_time=TEN) == "too_old_to_know"
    assert desk.fill("+1@100", exec_id="old", event_time=TEN, source="bot", sequence=1)
    assert desk.fill("+1@100", exec_id="newer", event_time=TEN + 5 * MINUTE)


def test_cash_fees_and_funding_with_a_known_reference_change_nothing():
    desk = Desk()
    fields = {"event_time": TEN, "account": "A1", "reference": "R1"}
    where = {"venue": "XNAS", "symbol": "AAPL"}
    for happened in (
        event.Cash(**fields, amount="1000", currency="USD"),
        event.Fee(**fields, **where, amount="1", currency="USD"),
        event.Funding(**fields, **where, amount="2"),
    ):
        assert desk.books.apply(happened)
        assert not desk.books.apply(happened)
    assert desk.books.valuation.accounts["A1"].cash == {"USD": 1000 * 10**18}


def test_a_reference_that_is_known_makes_no_strategy_of_another_name():
    desk = Desk()
    where = {"event_time": TEN, "account": "A1", "venue": "XNAS", "symbol": "AAPL"}
    for kind in (event.Fee, event.Funding):
        paid = kind(**where, strategy="mm", amount="1", currency="USD", reference="R1")
        assert desk.books.apply(paid)
        assert not desk.books.apply(replace(paid, strategy="copy"))
        another = replace(paid, strategy="another", amount="2")
        assert refusal(desk.books.apply, another) == "reference_conflict"
    assert desk.books.valuation.accounts["A1"].groups.keys() == {"mm"}


def test_a_fee_that_there_was_no_room_for_may_come_again():
    desk = Desk(max_positions=1).trade("+1@100")
    where = {"event_time": TEN, "account": "A1", "venue": "XNAS", "symbol": "AAPL"}
    paid = event.Fee(**where, strategy="new", amount="1", currency="USD", reference="R1")
    assert refusal(desk.books.apply, paid) == "too_many_positions"
    assert desk.books.apply(replace(paid, strategy="mm"))


def test_a_known_reference_with_another_amount_is_no_duplicate_but_a_conflict():
    desk = Desk().trade("+10@100")
    fields = {"event_time": TEN, "account": "A1", "reference": "R1"}
    where = {"venue": "XNAS", "symbol": "AAPL", "strategy": "mm"}
    for told in (
        event.Cash(**fields, amount="1000", currency="USD"),
        event.Fee(**fields, **where, amount="1", currency="USD"),
        event.Funding(**fields, **where, amount="2"),
    ):
        assert desk.books.apply(told)
        assert not desk.books.apply(replace(told, amount=f"{told.amount}.00", currency="USD"))
        assert refusal(desk.books.apply, replace(told, amount="7")) == "reference_conflict"
        assert refusal(desk.books.apply, replace(told, currency="EUR")) == "reference_conflict"
    assert (desk.sums()["fees"], desk.sums()["funding"]) == (1, 2)
    assert desk.books.valuation.accounts["A1"].cash == {"USD": 1000 * 10**18}


def test_cash_with_a_reference_that_may_have_been_forgotten_needs_a_sequence():
    desk = Desk(remembered_fills=4)

    def paid_in(minute: int, sequence: int | None = None) -> event.Cash:
        return event.Cash(
            event_time=TEN + minute * MINUTE,
            account="A1",
            amount="10",
            currency="USD",
            reference=f"R{minute}",
            sequence=sequence,
        )

    for minute in range(6):
        assert desk.at(TEN + minute * MINUTE).books.apply(paid_in(minute))
    assert refusal(desk.books.apply, paid_in(0)) == "too_old_to_know"
    assert desk.books.apply(paid_in(0, sequence=1))


# --- busts and corrections ----------------------------------------------------------------------


def test_a_bust_takes_the_fill_and_its_fee_back_once():
    desk = Desk()
    desk.fill("+10@100", exec_id="X", fee="1")
    desk.fill("+10@120", exec_id="Y")
    assert desk.books.apply(bust(desk, "Y"))
    assert not desk.books.apply(bust(desk, "Y"))
    assert desk.books.apply(bust(desk, "X"))
    assert quantity_of(desk.line) == 0
    assert desk.sums()["net"] == 0


def test_a_correction_is_what_the_fill_should_have_been():
    desk = Desk()
    desk.fill("+10@100", exec_id="X", fee="1")
    assert desk.books.apply(correction(desk, "X", "12", "99"))
    assert not desk.books.apply(correction(desk, "X", "12", "99"))
    desk.fill("-12@100")
    assert desk.sums()["realized"] == 12
    assert desk.sums()["fees"] == 1


def test_a_correction_may_restate_the_fee_and_be_corrected_itself():
    desk = Desk()
    desk.fill("+10@100", exec_id="X", fee="1")
    desk.books.apply(correction(desk, "X", "10", "100", fee="0.5"))
    desk.books.apply(correction(desk, "C-X", "10", "101", exec_id="C2"))
    desk.fill("-10@101")
    assert desk.sums()["realized"] == 0
    assert desk.sums()["fees"] == Fraction("0.5")


def test_only_a_remembered_fill_can_be_taken_back():
    desk = Desk()
    desk.fill("+10@100", exec_id="X")
    assert refusal(desk.books.apply, bust(desk, "Z")) == "unknown_exec_id"
    assert refusal(desk.books.apply, bust(desk, "X", side="sell")) == "unknown_exec_id"
    desk.books.apply(bust(desk, "X"))
    assert refusal(desk.books.apply, correction(desk, "X", "1", "1")) == "already_busted"


def test_a_refusal_says_what_would_have_done():
    desk = Desk()
    desk.fill("+10@100", exec_id="X")
    desk.books.apply(bust(desk, "X"))
    with pytest.raises(EventRejected, match=r"found 'X'; expected a fill that still stands"):
        desk.books.apply(correction(desk, "X", "1", "1"))


@pytest.mark.parametrize(
    "again", [bust, lambda desk, ref: correction(desk, ref, "8", "99", exec_id="C2")]
)
def test_what_names_a_fill_that_was_corrected_is_told_what_stands_in_its_place(again):
    desk = Desk().trade("+10@100")
    desk.books.apply(correction(desk, "E1", "9", "100"))
    desk.books.apply(correction(desk, "C-E1", "9", "99"))
    with pytest.raises(EventRejected, match="found 'E1'; expected C-C-E1, which stands in its"):
        desk.books.apply(again(desk, "E1"))
    assert quantity_of(desk.line) == 9
    assert desk.books.apply(bust(desk, "C-C-E1"))
    assert not desk.books.apply(bust(desk, "E1"))
    assert quantity_of(desk.line) == 0


def test_a_bust_under_the_name_of_its_fill_is_known_as_any_other():
    desk = Desk().trade("+10@100")
    itself = bust(desk, "E1", exec_id="E1")
    assert desk.books.apply(itself)
    assert not desk.books.apply(itself)


def test_a_correction_under_a_known_exec_id_is_another_only_with_one_of_its_own():
    desk = Desk().trade("+10@90")
    first = correction(desk, "E1", "8", "90")
    assert desk.books.apply(first)
    assert not desk.books.apply(first)
    assert refusal(desk.books.apply, replace(first, quantity="5")) == "exec_id_conflict"
    itself = replace(first, exec_id="C-E1", ref_exec_id="C-E1", quantity="5")
    assert refusal(desk.books.apply, itself) == "exec_id_conflict"
    assert desk.books.apply(replace(itself, exec_id="C2"))
    assert quantity_of(desk.line) == 5


# --- splits -------------------------------------------------------------------------------------


def test_a_split_unprices_the_position_until_a_new_mark_comes():
    desk = Desk().trade("+10@400").mark("400")
    split = event.Split(
        event_time=desk.now, venue="XNAS", symbol="AAPL", numerator=4, denominator=1
    )
    assert desk.books.apply(split)
    assert not desk.books.apply(split)
    assert quantity_of(desk.line) == 40
    assert desk.line.figures.unpriced == "no_mark"
    desk.at(TEN + MINUTE).mark("101")
    assert desk.sums()["net"] == 40


def test_a_split_that_a_fill_has_overtaken_multiplies_nothing():
    desk = Desk().trade("+10@400")
    split = event.Split(
        event_time=desk.now + 1, venue="XNAS", symbol="AAPL", numerator=4, denominator=1
    )
    desk.at(TEN + MINUTE).fill("+4@100", exec_id="new units")
    assert refusal(desk.books.apply, split) == "split_overtaken"
    assert quantity_of(desk.line) == 14
    desk.books.apply(bust(desk, "new units"))
    assert desk.books.apply(split)
    desk.fill("+4@100", exec_id="again")
    assert quantity_of(desk.line) == 44


def test_what_takes_a_fill_back_is_no_older_than_the_split_either():
    desk = Desk().trade("+10@100").at(TEN + HOUR)
    split = {"venue": "XNAS", "symbol": "AAPL", "numerator": 2, "denominator": 1}
    desk.books.apply(event.Split(event_time=desk.now, **split))
    desk.fill("+20@50")
    early = TEN + HOUR - 1
    assert refusal(desk.books.apply, bust(desk, "E2", event_time=early)) == "before_split"
    assert (
        refusal(desk.books.apply, correction(desk, "E2", "1", "50", event_time=early))
        == "before_split"
    )


def test_of_the_instant_of_a_split_what_came_before_it_is_in_old_units():
    desk = Desk().trade("+10@100")
    split = event.Split(
        event_time=desk.now, venue="XNAS", symbol="AAPL", numerator=2, denominator=1
    )
    desk.books.apply(split)
    desk.trade("+20@50")
    later = TEN + MINUTE
    assert refusal(desk.books.apply, bust(desk, "E1", event_time=later)) == "before_split"
    assert desk.books.apply(bust(desk, "E2", event_time=later))
    assert not desk.fill("+10@100", exec_id="E1"), "a copy, as ever"
    assert quantity_of(desk.line) == 20


def test_a_split_of_before_the_last_one_is_no_copy_of_it():
    desk = Desk().trade("+10@400").at(TEN + HOUR)
    last = event.Split(event_time=desk.now, venue="XNAS", symbol="AAPL", numerator=4, denominator=1)
    desk.books.apply(last)
    earlier = replace(last, event_time=TEN + MINUTE, numerator=2)
    assert refusal(desk.books.apply, earlier) == "before_split"
    assert quantity_of(desk.line) == 40


def test_what_is_older_than_a_split_no_longer_fits():
    desk = Desk().trade("+10@400")
    desk.at(TEN + MINUTE)
    desk.books.apply(
        event.Split(event_time=desk.now, venue="XNAS", symbol="AAPL", numerator=4, denominator=1)
    )
    assert refusal(desk.fill, "+1@400", event_time=TEN) == "before_split"
    assert refusal(desk.mark, "400", event_time=TEN) == "before_split"
    assert refusal(desk.books.apply, bust(desk, "E1")) == "before_split"


# --- prices -------------------------------------------------------------------------------------


def test_without_a_mark_an_open_position_has_no_value_and_says_why():
    desk = Desk().trade("+10@100")
    assert desk.line.figures.unpriced == "no_mark"
    desk.trade("-10@101")
    assert desk.line.figures.unpriced is None
    assert desk.sums()["net"] == 10


def test_a_mark_that_grew_old_no_longer_prices_anything():
    desk = Desk(mark_max_age_ns=5 * MINUTE).trade("+10@100").mark("101")
    desk.at(TEN + 5 * MINUTE)
    assert desk.line.figures.unpriced is None
    desk.at(TEN + 5 * MINUTE + 1)
    assert desk.line.figures.unpriced == "mark_stale"
    desk.mark("102")
    assert desk.sums()["unrealized"] == 20


def test_a_venue_may_have_its_own_age_for_marks():
    desk = Desk(venue_mark_max_age_ns={"XNAS": HOUR}).trade("+10@100").mark("101")
    assert desk.at(TEN + HOUR).line.figures.unpriced is None
    assert desk.at(TEN + HOUR + 1).line.figures.unpriced == "mark_stale"


def test_a_mark_older_than_the_one_we_have_changes_nothing():
    desk = Desk().trade("+10@100").mark("105").mark("1", event_time=TEN - 1)
    assert desk.sums()["unrealized"] == 50


def test_a_mark_may_be_finer_than_the_price_increment():
    desk = Desk().trade("+3@100").mark("100.0000000001")
    assert desk.sums()["unrealized"] == 0
    assert desk.mark("100.000000001").sums()["unrealized"] == Fraction(3, 10**9)


def test_an_average_price_finer_than_the_tick_is_booked_exactly():
    desk = Desk().trade("+3@21277.50341880342 -3@21278")
    assert desk.sums()["realized"] == 3 * (21278 - Fraction("21277.50341880342"))


@pytest.mark.parametrize("price", ["0", "-1"])
def test_an_inverse_contract_has_no_value_at_zero(price):
    desk = Desk(INVERSE)
    assert refusal(desk.fill, f"+1@{price}") == "no_price_value"
    assert refusal(desk.mark, price) == "no_price_value"


# --- instruments --------------------------------------------------------------------------------


def test_a_fill_needs_its_instrument_first():
    desk = Desk()
    assert refusal(desk.fill, "+1@1", symbol="MSFT") == "unknown_instrument"


def test_an_instrument_may_get_a_finer_tick_but_no_other_multiplier():
    desk = Desk().trade("+10@100")
    desk.books.apply(replace(EQUITY, price_increment="0.0001"))
    desk.trade("-10@100.0001")
    assert desk.sums()["realized"] == Fraction("0.001")
    again = replace(EQUITY, multiplier="10")
    assert refusal(desk.books.apply, again) == "instrument_conflict"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"price_increment": "0"}, "not_positive"),
        ({"quantity_increment": "-1"}, "not_positive"),
        ({"multiplier": "0"}, "not_positive"),
        ({"price_increment": "1e-19"}, "too_fine"),
        (
            {"price_increment": "1e-18", "quantity_increment": "1e-18", "multiplier": "0.1"},
            "too_fine",
        ),
        ({"multiplier": "x"}, "not_a_decimal"),
    ],
)
def test_a_description_that_makes_no_instrument(change, reason):
    assert refusal(Desk().books.apply, replace(EQUITY, symbol="NEW", **change)) == reason


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fill", "fields", "reason"),
    [
        ("+0@100", {}, "zero_quantity"),
        ("+-5@100", {}, "negative_quantity"),
        ("+1@ten", {}, "not_a_decimal"),
        ("+1@1e-19", {}, "too_fine"),
        ("+9999999999999999999@1", {}, "too_large"),
        ("+1@1", {"fee": "free"}, "not_a_decimal"),
        ("+1@1", {"version": 2}, "unsupported_version"),
        ("+1@1", {"event_time": TEN + 61 * 10**9}, "event_time_in_future"),
        ("+1@1", {"event_time": 1_700_000_000}, "event_time_out_of_range"),
    ],
)
def test_a_fill_that_cannot_be_booked_changes_nothing(fill, fields, reason):
    desk = Desk()
    assert refusal(desk.fill, fill, **fields) == reason
    assert all(line.position.cash == 0 and not line.fees for line in desk.books.lines)
    assert desk.fill("+1@1", exec_id="E1")


def test_bounds_hold():
    desk = Desk(max_positions=1, max_instruments=1)
    desk.fill("+1@1")
    assert refusal(desk.fill, "+1@1", strategy="other") == "too_many_positions"
    assert refusal(desk.books.apply, FUTURE) == "too_many_instruments"


def test_accounts_by_capital_alone_are_bounded_and_a_refused_one_is_not_known():
    desk = Desk(max_positions=2)

    def pay_in(account, currency):
        paid = Cash(
            event_time=TEN, account=account, currency=currency, amount="1", reference=currency
        )
        return desk.books.apply(paid)

    currencies = [f"C{number}" for number in range(MAX_CURRENCIES)]
    assert all(pay_in("A1", currency) for currency in currencies)
    assert refusal(pay_in, "A1", "USD") == "too_many_names"
    assert pay_in("A2", "USD")
    assert refusal(pay_in, "A3", "USD") == "too_many_names"
    assert not pay_in("A1", "C0")
    accounts = desk.books.valuation.accounts
    assert {name: [*one.cash] for name, one in accounts.items()} == {
        "A1": currencies,
        "A2": ["USD"],
    }


@pytest.mark.parametrize(("quantity", "reason"), [("1e99", "too_large"), ("many", "not_a_decimal")])
def test_an_event_that_is_only_kept_is_checked_all_the_same(quantity, reason):
    place = {"account": "A1", "venue": "XNAS", "symbol": "AAPL"}
    order = {"client_order_id": "O1", "status": "new", "side": "buy"}
    books = Desk().books
    assert books.apply(Order(event_time=TEN, **place, **order, quantity="10", price=None))
    bad = Order(event_time=TEN, **place, **order, quantity=quantity)
    assert refusal(books.apply, bad) == reason


def required(kind: str) -> dict[str, object]:
    """Return what an event of a kind can't do without, and amounts for all it may have."""
    values: dict[str, object] = {"kind": kind, "event_time": TEN, "exec_id": "E2"}
    values |= {"venue": "XNAS", "symbol": "AAPL", "base": "USD", "quote": "EUR"}
    schema = msgspec.json.decode(json_schema())["$defs"][KINDS[kind].__name__]
    for name, takes in schema["properties"].items():
        if "decimal number" in str(takes):
            values[name] = "1"
        elif name in schema["required"]:
            of_type = {"integer": 1, "boolean": True, "string": "A1"}
            words = takes.get("enum") or [of_type.get(takes.get("type"), 1)]
            values.setdefault(name, words[0])
    return values


AMOUNTS = [(kind, name) for kind in KINDS for name, value in required(kind).items() if value == "1"]


@pytest.mark.parametrize(("kind", "name"), AMOUNTS)
def test_what_is_no_amount_costs_its_event_alone(kind, name):
    """Each event is in the journal by then: what else is raised ends every later start, too."""
    desk = Desk()
    desk.fill("+1@1", exec_id="A1")
    for text in ("", "-", "+", ".", "-x"):
        line = msgspec.json.encode(required(kind) | {name: text})
        (happened,) = decode(line).events
        assert refusal(desk.books.apply, happened) == "not_a_decimal"


# --- totals -------------------------------------------------------------------------------------


def test_equity_is_capital_and_net_and_a_withdrawal_is_no_drawdown():
    desk = Desk()
    cash = {"event_time": TEN, "account": "A1", "currency": "USD"}
    desk.books.apply(event.Cash(**cash, amount="1000"))
    desk.trade("+10@100").mark("110")
    desk.at(TEN + MINUTE).mark("104")
    desk.at(TEN + 2 * MINUTE)
    desk.books.apply(event.Cash(**cash, amount="-500"))
    desk.books.refresh(desk.now)
    account = desk.books.valuation.accounts["A1"]
    reports = desk.books.valuation.reports(account, desk.now)
    whole = account.as_a_whole(reports.values(), desk.books.fx, desk.now)
    assert whole.equity == 540 * 10**9
    assert whole.report.drawdown == 60 * 10**9
    assert whole.drawdown_ratio == pytest.approx(60 / 600)


def test_a_lost_rate_makes_totals_unknown_not_smaller():
    desk = Desk(SPOT, fx_max_age_ns=HOUR, mark_max_age_ns=24 * HOUR)
    desk.trade("+1@100").mark("110").fx("USDT", "USD", "1")
    account = desk.books.valuation.accounts["A1"]
    desk.books.refresh(desk.now)
    assert desk.books.valuation.reports(account, desk.now)["mm"].net == 10 * 10**9
    desk.at(TEN + HOUR + 1)
    report = desk.books.valuation.reports(account, desk.now)["mm"]
    assert (report.net, report.realized, report.unpriced) == (None, None, "fx_stale")


# --- finer steps --------------------------------------------------------------------------------

#: A partly closed position: its average cost is rounded at the step of the instrument's money.
ROUNDED = "+3@100.01 +4@100.02 -1@101"


def test_what_is_counted_finer_is_valued_finer_at_once():
    desk = Desk().trade(ROUNDED).mark("100")
    coarse = desk.sums()["realized"]
    desk.fill("+1@100.123456789012", account="A3")
    assert 0 < abs(desk.sums()["realized"] - coarse) < Fraction(1, 10**9)


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        ("exec_id_conflict", {"exec_id": "E3", "price": "101.000000000001"}),
        ("zero_quantity", {"quantity": "0", "price": "101.000000000001"}),
        ("negative_quantity", {"quantity": "-0.0000001"}),
        ("not_a_decimal", {"price": "101.000000000001", "fee": "a lot"}),
        ("too_many_positions", {"account": "A2", "price": "101.000000000001"}),
        ("too_fine", {"price": "1." + "0" * 17 + "1", "quantity": "0." + "0" * 17 + "1"}),
    ],
)
def test_what_is_refused_counts_nothing_finer(reason, fields):
    future = replace(EQUITY, instrument_type="future", multiplier="1.1")
    desk = Desk(future, max_positions=1).trade(ROUNDED)
    instrument = desk.line.instrument
    before = (instrument.price_decimals, instrument.quantity_decimals, desk.sums())
    assert refusal(desk.fill, "-1@101", **fields) == reason
    assert (instrument.price_decimals, instrument.quantity_decimals, desk.sums()) == before


# --- references ---------------------------------------------------------------------------------


def test_a_reference_is_one_of_its_instrument():
    other = replace(EQUITY, symbol="MSFT")
    desk = Desk(EQUITY, other).trade("+10@100")
    values = {"event_time": TEN, "account": "A1", "strategy": "mm", "venue": "XNAS"}
    told = event.Funding(**values, symbol="AAPL", amount="5", reference="2026-11-23T16")
    assert desk.books.apply(told)
    assert not desk.books.apply(told)
    assert desk.books.apply(replace(told, symbol="MSFT", amount="-40"))
    assert desk.sums()["funding"] == 5


# --- capital ------------------------------------------------------------------------------------


def test_capital_without_a_rate_leaves_equity_unknown_and_says_why():
    desk = Desk()
    desk.books.apply(event.Cash(event_time=TEN, account="A1", amount="1000", currency="CHF"))
    account = desk.books.valuation.accounts["A1"]
    whole = account.as_a_whole([], desk.books.fx, TEN)
    assert (whole.equity, whole.report.unpriced) == (None, "no_fx")
    assert account.unpriced("no_fx", desk.books.fx, TEN) == 1
    desk.fx("CHF", "USD", "1.1")
    assert account.as_a_whole([], desk.books.fx, TEN).equity == 1100 * 10**9


def test_a_bug_of_ours_names_the_event_that_it_was_met_with():
    desk = Desk(SPOT)
    heartbeat = Heartbeat(event_time=desk.now, service="oms")

    def divide(_: object) -> None:
        raise ZeroDivisionError

    desk.books._ways[Heartbeat] = ((), lambda _: True, (divide,))
    with pytest.raises(ZeroDivisionError) as met:
        desk.books.apply_all([heartbeat], lambda *_: None)
    (note,) = met.value.__notes__
    assert "Heartbeat(" in note
    assert "'oms'" in note
