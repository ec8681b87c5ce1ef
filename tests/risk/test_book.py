"""The risk book: what it says of the positions held now, and when it says nothing."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.period import DAY, SECOND
from deskwatch.core.state import dump, load
from deskwatch.risk.book import RiskBook
from deskwatch.risk.portfolio import UNKNOWN_REASONS
from tests.core.blotter import EQUITY, HOUR
from tests.risk.desk import MINUTE, RISK, RiskDesk

WHOLE = ("A1", "")
MM = ("A1", "mm")
P95 = ("historical", 0.95)


def unknown(desk: RiskDesk, key: tuple[str, str] = WHOLE) -> str | None:
    return desk.risk.figures(desk.now)[key].unknown


def returns_of(desk: RiskDesk) -> np.ndarray:
    return desk.risk._sampling.returns.values


def test_it_warms_up_and_says_so():
    desk = RiskDesk().fill(10, "AAPL").walk(10)
    assert unknown(desk) == "warming_up"
    assert desk.risk.var("A1", now=desk.now) is None
    assert desk.risk.figures(desk.now)[WHOLE].tails == {}
    desk.walk(1)
    assert unknown(desk) is None
    assert desk.risk.figures(desk.now)[WHOLE].observations == 10


def test_a_var_is_the_quantile_of_what_the_position_would_have_earned():
    desk = RiskDesk().fill(10, "AAPL").walk(25)
    value = 10 * desk.prices["AAPL"]
    expected = -np.quantile(returns_of(desk)[0] * value, 0.05)
    figures = desk.risk.figures(desk.now)[WHOLE]
    assert figures.tails[P95].value_at_risk == pytest.approx(expected)
    assert figures.gross == pytest.approx(value)
    assert desk.risk.var("A1", now=desk.now) == pytest.approx(
        figures.tails["historical", 0.99].value_at_risk * 1e9, abs=1
    )


def test_every_method_says_about_the_same_of_normal_returns():
    risk = replace(RISK, window=400, horizon_ns=MINUTE)
    desk = RiskDesk(risk=risk).fill(10, "AAPL").walk(400, sigma=0.001)
    figures = desk.risk.figures(desk.now)[WHOLE]
    assert {name for name, _ in figures.tails} == {
        "historical", "ewma", "cornish_fisher", "monte_carlo"
    }  # fmt: skip
    sigma = 0.001 * figures.gross
    for (name, confidence), tail in figures.tails.items():
        wide = 0.5 if name in ("ewma", "monte_carlo") else 0.3  # they look at the last few
        quantile = {0.95: 1.645, 0.99: 2.326}[confidence]
        assert tail.value_at_risk == pytest.approx(quantile * sigma, rel=wide), name
        assert tail.expected_shortfall > tail.value_at_risk


def test_the_horizon_scales_by_the_root_of_time():
    one, nine = (
        RiskDesk(risk=replace(RISK, horizon_ns=ns)).fill(10, "AAPL").walk(12)
        for ns in (MINUTE, 9 * MINUTE)
    )
    tails = [desk.risk.figures(desk.now)[WHOLE].tails for desk in (one, nine)]
    for measure, tail in tails[0].items():
        assert np.array(tails[1][measure]) == pytest.approx(3 * np.array(tail))


def test_it_is_of_the_positions_held_now_and_flat_is_no_risk():
    desk = RiskDesk().fill(10, "AAPL").walk(12)
    before = desk.risk.var("A1", now=desk.now)
    desk.at(desk.now + SECOND).fill(10, "AAPL")
    assert desk.risk.var("A1", now=desk.now) == pytest.approx(2 * before, abs=2)
    desk.at(desk.now + SECOND).fill(-20, "AAPL")
    assert desk.risk.var("A1", now=desk.now) == 0
    assert all(tail == (0, 0) for tail in desk.risk.figures(desk.now)[WHOLE].tails.values())


def test_an_account_that_begins_between_two_of_them_is_measured_the_next_time():
    desk = RiskDesk().fill(10, "AAPL").fill(10, "AAPL", account="A2").walk(12)
    measuring = desk.risk.measure(desk.now)
    next(measuring)
    desk.fill(10, "AAPL", account="A3")
    assert len(list(measuring)) == 1, "A2 is still to come"
    assert ("A3", "") not in desk.risk.figures(desk.now)
    found = desk.at(desk.now + SECOND).risk.figures(desk.now)
    assert found["A3", ""].tails == found[WHOLE].tails


def test_a_flat_account_needs_no_returns():
    desk = RiskDesk().fill(10, "AAPL").fill(-10, "AAPL")
    assert (unknown(desk), desk.risk.var("A1", now=desk.now)) == (None, 0)


def test_a_stale_price_leaves_it_unknown():
    desk = RiskDesk().fill(10, "AAPL").walk(12)
    desk.at(desk.now + 2 * MINUTE)
    assert unknown(desk) == "mark_stale"
    assert desk.risk.var("A1", now=desk.now) is None
    assert desk.risk.figures(desk.now)[WHOLE].gross is None


def test_a_position_without_any_price_or_rate_leaves_it_unknown():
    desk = RiskDesk().fill(10, "AAPL").walk(12).fill(1, "ESZ6", strategy="macro")
    assert unknown(desk) == "no_mark"
    assert unknown(desk, MM) is None
    assert unknown(desk, ("A1", "macro")) == "no_mark"
    desk.at(desk.now + 5 * SECOND).mark("ESZ6").fill(100, "XBTUSD", account="A2").mark("XBTUSD")
    assert unknown(desk) == "warming_up"
    assert unknown(desk, ("A2", "")) == "no_fx"


def test_gaps_in_the_returns_of_what_is_held_are_told_from_warming_up():
    desk = RiskDesk().fill(10, "AAPL").walk(3, "AAPL", "ESZ6")
    for _ in range(4):
        desk.walk(6, "ESZ6").walk(1, "AAPL", "ESZ6")
    assert unknown(desk) == "gaps"
    assert unknown(desk.walk(4, "AAPL", "ESZ6")) is None


def test_a_night_takes_no_returns_away():
    desk = RiskDesk().fill(10, "AAPL").walk(20)
    before = returns_of(desk).copy()
    desk.at(desk.now + 14 * HOUR).walk(1)
    assert (returns_of(desk) == before).all()
    desk.walk(1)
    assert returns_of(desk)[0, :-1] == pytest.approx(before[0])


def test_a_split_is_no_return():
    desk = RiskDesk().fill(10, "AAPL").walk(12)
    before = returns_of(desk).shape[1]
    desk.at(desk.now + SECOND)
    desk.books.apply(
        event.Split(event_time=desk.now, venue="XNAS", symbol="AAPL", numerator=10, denominator=1)
    )
    desk.prices["AAPL"] /= 10
    desk.walk(3)
    kept = returns_of(desk)[0]
    assert len(kept) == before + 2
    assert np.abs(kept).max() < 0.1


def test_a_price_of_zero_or_less_has_no_return():
    desk = RiskDesk().fill(1, "ESZ6").walk(12, "ESZ6")
    desk.at(desk.now + SECOND).mark("ESZ6", -3).at(desk.now + MINUTE)
    assert desk.risk.figures(desk.now)[WHOLE].observations == 11


def test_what_nobody_trades_makes_room_and_there_is_a_bound():
    risk = replace(RISK, max_instruments=2)
    desk = RiskDesk(risk=risk).walk(3, "AAPL", "ESZ6")
    rows = desk.risk._sampling.returns.rows
    assert set(rows) == {("mark", "XNAS", "AAPL"), ("mark", "XCME", "ESZ6")}
    desk.fill(1, "ESZ6").fill(1, "BTCUSDT").mark("BTCUSDT").walk(1, "BTCUSDT", "ESZ6")
    assert set(rows) == {("fx", "USDT", "USD"), ("mark", "XCME", "ESZ6")}
    assert unknown(desk) == "not_sampled"


def test_a_rate_that_nobody_needs_makes_room():
    desk = RiskDesk(risk=replace(RISK, max_instruments=2)).fx("BNB", 600).fill(1, "AAPL").walk(1)
    rows = desk.risk._sampling.returns.rows
    assert set(rows) == {("mark", "XNAS", "AAPL"), ("fx", "BNB", "USD")}
    desk.fill(1, "BTCUSDT").walk(1)
    assert set(rows) == {("mark", "XNAS", "AAPL"), ("fx", "USDT", "USD")}


@pytest.mark.parametrize(
    ("left", "quoted", "makes_room"), [(0, False, True), (1, False, False), (0, True, False)]
)
def test_an_option_that_expired_makes_room_after_a_week(left, quoted, makes_room):
    desk = RiskDesk(risk=replace(RISK, max_instruments=3)).fill(1, "AAPL").fill(1, "ESZ6")
    if not left:
        desk.fill(-1, "AAPL")
    desk.walk(3, "AAPL", "ESZ6")
    desk.at(desk.now + 7 * DAY - 2 * MINUTE)
    desk.fill(1, "BTCUSDT").walk(1, "BTCUSDT", "ESZ6", *(["AAPL"] if quoted else []))
    rows = desk.risk._sampling.returns.rows
    assert ("mark", "BINANCE", "BTCUSDT") not in rows
    desk.at(desk.now + 2 * MINUTE).walk(1, "BTCUSDT", "ESZ6")
    assert (("mark", "BINANCE", "BTCUSDT") in rows) == makes_room
    assert (("mark", "XNAS", "AAPL") in rows) != makes_room
    assert ("mark", "XCME", "ESZ6") in rows


def test_an_inverse_contract_is_revalued_exactly():
    """Its coin is worth quantity / price: half the price doubles the coins that are owed."""
    desk = (
        RiskDesk(reporting_currency="XBT")
        .fill(100, "XBTUSD")
        .mark("XBTUSD")
        .at(desk_minute := 1_795_428_000 * SECOND + MINUTE)
    )
    desk.mark("XBTUSD", 25_000.0).at(desk_minute + MINUTE)
    assert returns_of(desk)[0].tolist() == [-1.0]
    assert desk.net() == pytest.approx(100 / 50_000 - 100 / 25_000)


def test_hypothetical_pnl_is_what_the_books_show_without_trades():
    """Positions, rates and P&L so far in other currencies: to rounding, the same change of net."""
    desk = RiskDesk().fx("XBT", 50_000)
    desk.fill(10, "AAPL").fill(-3, "ESZ6", strategy="macro").fill(-40_000, "XBTUSD")
    desk.fill(2, "BTCUSDT", fee="0.5", fee_currency="XBT")
    desk.walk(1, "AAPL", "ESZ6", "XBTUSD", "BTCUSDT")
    compared = 0
    for _ in range(20):
        before, said = desk.net(), desk.risk._judging.said
        holding = said[WHOLE].holding if WHOLE in said else None
        desk.at(desk.now + SECOND).fx("XBT", 50_000 * (1 + desk.chance.gauss(0, 0.05)))
        desk.walk(1, "AAPL", "ESZ6", "XBTUSD", "BTCUSDT", sigma=0.02)
        if holding is not None:
            outcome = holding.outcomes(desk.risk._sampling.returns, 1)[-1]
            assert outcome == pytest.approx(desk.net() - before, rel=1e-9)
            compared += 1
    assert compared > 5


def test_components_of_strategies_sum_to_the_accounts_var():
    """Euler's law; and so do marginals times what each holds."""
    desk = RiskDesk().fill(100, "AAPL").fill(-2, "ESZ6", strategy="macro")
    desk.fill(-30, "AAPL", strategy="pairs").fill(1, "BTCUSDT", strategy="macro")
    desk.walk(20, "AAPL", "ESZ6", "BTCUSDT")
    found = desk.risk.figures(desk.now)
    whole, parts = found[WHOLE], [found["A1", name] for name in ("mm", "macro", "pairs")]
    for name in ("historical", "ewma"):
        for confidence in RISK.confidences:
            measure = (name, confidence)
            total = whole.tails[measure].value_at_risk
            assert sum(part.components[measure] for part in parts) == pytest.approx(total)
            marginals = [part.marginal(measure) * part.gross for part in parts]
            assert sum(marginals) == pytest.approx(total)
    assert found["A1", "pairs"].components["ewma", 0.95] < 0, "it hedges"


def test_an_account_with_one_unknown_strategy_is_unknown_and_has_no_components():
    desk = RiskDesk().fill(10, "AAPL").walk(12).fill(1, "ESZ6", strategy="macro")
    found = desk.risk.figures(desk.now)
    assert found[MM].unknown is None
    assert (found[WHOLE].unknown, found[MM].components) == ("no_mark", {})


def test_a_first_fee_in_another_coin_leaves_the_var_known():
    """Its rate came before somebody needed it; half a cent is no reason for an hour's silence."""
    desk = RiskDesk().fx("BNB", 600).fill(10, "AAPL").walk(15)
    desk.books.apply(
        event.Fee(
            event_time=desk.now, account="A1", strategy="mm", venue="XNAS", symbol="AAPL",
            amount="0.00001", currency="BNB",
        )
    )  # fmt: skip
    known = desk.walk(1).risk.figures(desk.now)[WHOLE]
    assert (known.unknown, known.observations) == (None, 15)


def test_a_venue_that_sleeps_while_others_trade_brings_no_returns():
    """Its marks still price what is held; a night of zeros would halve the VaR of the next day."""
    desk = day_and_night().fill(10, "AAPL").fill(0.01, "BTCUSDT", account="A2")
    desk.walk(61, "AAPL", "BTCUSDT")
    awake = desk.risk.figures(desk.now)[WHOLE].tails[P95].value_at_risk
    desk.walk(170, "BTCUSDT")
    found = desk.risk.figures(desk.now)
    assert (found[WHOLE].unknown, found[WHOLE].observations) == (None, 60)
    assert found[WHOLE].gross == pytest.approx(1000, rel=0.5)
    assert found[WHOLE].tails[P95].value_at_risk == pytest.approx(awake)
    assert (found["A2", ""].unknown, found["A2", ""].observations) == (None, 200)
    assert desk.risk._judging.hits[WHOLE][P95].endswith(" ")


def test_what_a_venue_opens_with_is_no_return_of_a_minute():
    desk = day_and_night().fill(10, "AAPL").walk(61, "AAPL", "BTCUSDT").walk(170, "BTCUSDT")
    desk.prices["AAPL"] *= 2
    desk.walk(3, "AAPL", "BTCUSDT")
    found = desk.risk.figures(desk.now)[WHOLE]
    assert (found.unknown, found.observations) == (None, 62)
    assert np.nanmax(returns_of(desk)) < 0.1


def test_a_desk_of_two_venues_has_a_figure_when_the_one_that_slept_opens():
    """Futures trade while the stocks' exchange sleeps: a night and a weekend of their returns."""
    desk = day_and_night().fill(10, "AAPL").fill(1, "ESZ6", strategy="macro")
    desk.fill(1, "BTCUSDT", account="A2").walk(201, "AAPL", "ESZ6", "BTCUSDT")
    desk.walk(300, "ESZ6", "BTCUSDT").walk(300, "BTCUSDT").walk(1, "AAPL", "ESZ6", "BTCUSDT")
    found = desk.risk.figures(desk.now)
    both, one = found[WHOLE], found["A2", ""]
    assert (both.unknown, both.observations) == (None, 133), "a third: day, night, weekend"
    assert (one.unknown, one.observations) == (None, 200)
    assert sum(found["A1", name].components["ewma", 0.95] for name in ("mm", "macro")) == (
        pytest.approx(both.tails["ewma", 0.95].value_at_risk)
    )


def day_and_night() -> RiskDesk:
    """A desk whose stocks are still priced by their last mark at night."""
    return RiskDesk(
        risk=replace(RISK, window=200, min_observations=20), venue_mark_max_age_ns={"XNAS": DAY}
    )


def test_a_backtest_counts_losses_beyond_what_was_said():
    desk = RiskDesk().fill(10, "AAPL").walk(30)
    results = desk.risk.backtests()[WHOLE]
    assert set(results) == {
        (name, confidence)
        for name in ("historical", "ewma", "cornish_fisher")
        for confidence in RISK.confidences
    }
    before = results[P95]
    assert before.observations == 19
    for _ in range(3):
        desk.at(desk.now + 30 * SECOND).mark("AAPL", round(desk.prices["AAPL"] / 2, 2))
        desk.at(desk.now + 30 * SECOND)
    after = desk.risk.backtests()[WHOLE][P95]
    assert after.observations == 20, "the window's bound"
    assert after.exceptions >= before.exceptions + 1
    assert after.zone != "green"


def test_trades_between_boundaries_are_not_judged():
    """What was said was of the positions then held; a later sale saves nobody from an exception."""
    desk = RiskDesk().fill(10, "AAPL").walk(40)
    hits = desk.risk._judging.hits[WHOLE][P95]
    assert len(hits) == RISK.backtest_window
    desk.at(desk.now + 10 * SECOND).fill(-10, "AAPL")
    desk.at(desk.now + 20 * SECOND).mark("AAPL", 1.0).at(desk.now + 30 * SECOND)
    assert desk.risk._judging.hits[WHOLE][P95] == hits[1:] + "1"


def test_an_interval_that_nobody_can_judge_is_a_gap():
    desk = RiskDesk().fill(10, "AAPL").walk(14)
    assert desk.risk._judging.hits[WHOLE][P95].strip("01") == ""
    desk.at(desk.now + HOUR).walk(3)
    assert " " in desk.risk._judging.hits[WHOLE][P95]


def test_a_measure_that_said_nothing_is_not_judged():
    desk = RiskDesk().fill(10, "AAPL").walk(25)
    desk.at(desk.now + 30 * SECOND).mark("AAPL", 2 * desk.prices["AAPL"])
    desk.at(desk.now + 30 * SECOND).walk(2)
    hits = desk.risk._judging.hits[WHOLE]
    assert hits["historical", 0.99][-3:].strip("01") == ""
    assert hits["cornish_fisher", 0.99].endswith(" ")


def test_a_backtest_needs_as_many_intervals_as_a_figure_needs_returns():
    desk = RiskDesk().fill(10, "AAPL").walk(20)
    assert desk.risk.backtests()[WHOLE] == {}
    desk.walk(1)
    assert desk.risk.backtests()[WHOLE][P95].observations == 10


def test_reasons_are_a_closed_set():
    assert len(set(UNKNOWN_REASONS)) == len(UNKNOWN_REASONS)
    desk = RiskDesk().fill(10, "AAPL")
    assert unknown(desk) in UNKNOWN_REASONS


symbols = st.sampled_from(["AAPL", "ESZ6", "BTCUSDT"])
steps = st.lists(
    st.tuples(
        st.sampled_from(["mark"] * 5 + ["fill", "fx", "split"]),
        symbols,
        st.sampled_from([0, 1, 7, 20, 20, 45, 60, 60, 200]),
    ),
    max_size=60,
)


def journal(drawn: list[tuple[str, str, int]], seed: int) -> list[tuple[int, event.Event]]:
    """Receive times and events, as a journal holds them: prices of every few seconds or minutes."""
    told: list[tuple[int, event.Event]] = []

    class Writer(RiskDesk):
        def __init__(self) -> None:
            super().__init__(seed=seed)
            apply = self.books.apply

            def written(happened: event.Event) -> bool:
                told.append((self.now, happened))
                return apply(happened)

            self.books.apply = written  # type: ignore[method-assign]

    desk = Writer()
    desk.fill(10, "AAPL").fill(3, "BTCUSDT", strategy="macro").mark("AAPL").mark("BTCUSDT")
    for kind, symbol, seconds in drawn:
        desk.at(desk.now + seconds * SECOND + desk.chance.randrange(SECOND))
        match kind:
            case "mark":
                desk.mark(symbol, round(desk.prices[symbol] * desk.chance.uniform(0.97, 1.03), 2))
            case "fill":
                desk.fill(desk.chance.choice([-2, 3]), symbol)
            case "fx":
                desk.fx("USDT", desk.chance.uniform(0.9, 1.1))
            case "split":
                desk.books.apply(
                    event.Split(
                        event_time=desk.now, venue=EQUITY.venue, symbol="AAPL",
                        numerator=2, denominator=1,
                    )
                )  # fmt: skip
    return told


SMALL = replace(RISK, window=6, min_observations=2, backtest_window=4, max_instruments=3)


def small() -> RiskDesk:
    return RiskDesk(risk=SMALL, fixed_fx={}, mark_max_age_ns=90 * SECOND)


def play(desk: RiskDesk, told: list[tuple[int, event.Event]], ticks: random.Random) -> Books:
    """Book a journal; ticks draws how often time passes, and figures are looked at, in between."""
    for now, happened in told:
        while desk.now < now and ticks.random() < 0.6:
            desk.at(ticks.randint(desk.now, now))
            desk.risk.figures(desk.now)
        desk.at(now)
        desk.books.apply(happened)
    return desk.books


def never() -> random.Random:
    class Never(random.Random):
        def random(self) -> float:
            return 1.0

    return Never()


@settings(max_examples=60)
@given(steps, st.integers(0, 2**32), st.data())
def test_a_restart_anywhere_changes_nothing(drawn, seed, data):
    told = journal(drawn, seed)
    cut = data.draw(st.integers(0, len(told)))
    whole = play(small(), told, never())
    first, resumed = small(), RiskDesk(risk=SMALL, fixed_fx={})
    resumed.books = Books(resumed.books.settings, [lambda books: RiskBook(books, SMALL)])
    load(resumed.books, dump(play(first, told[:cut], never())))
    resumed.now = first.now
    assert dump(play(resumed, told[cut:], never())) == dump(whole)


@settings(max_examples=60)
@given(steps, st.integers(0, 2**32))
def test_a_replay_without_ticks_and_looks_is_the_same(drawn, seed):
    told = journal(drawn, seed)
    live = play(small(), told, random.Random(seed))
    assert dump(live) == dump(play(small(), told, never()))


def test_another_interval_begins_anew():
    desk = RiskDesk().fill(10, "AAPL").walk(12)
    other = replace(RISK, interval_ns=2 * MINUTE)
    books = Books(desk.books.settings, [lambda books: RiskBook(books, other)])
    load(books, dump(desk.books))
    risk = books.beside["risk"]
    assert isinstance(risk, RiskBook)
    assert risk.figures(desk.now)[WHOLE].unknown == "warming_up"


def test_what_a_shorter_window_forgot_is_no_gap():
    desk = RiskDesk(risk=replace(RISK, window=6, min_observations=3)).fill(10, "AAPL").walk(40)
    assert unknown(desk) is None
    longer = RiskDesk()
    longer.books = Books(
        desk.books.settings, [lambda books: RiskBook(books, replace(RISK, min_observations=20))]
    )
    load(longer.books, dump(desk.books))
    longer.at(desk.now).prices = desk.prices
    assert unknown(longer) == "warming_up"
    assert unknown(longer.walk(20)) is None


def test_a_smaller_window_keeps_the_newest():
    desk = RiskDesk().fill(10, "AAPL").walk(25)
    other = replace(RISK, window=12, confidences=(0.95,), limit_confidence=0.95)
    books = Books(desk.books.settings, [lambda books: RiskBook(books, other)])
    load(books, dump(desk.books))
    risk = books.beside["risk"]
    assert isinstance(risk, RiskBook)
    assert risk._sampling.returns.values[0].tolist() == returns_of(desk)[0, -12:].tolist()
    assert risk.figures(desk.now)[WHOLE].observations == 12
    assert {confidence for _, confidence in risk.backtests()[WHOLE]} == {0.95}
