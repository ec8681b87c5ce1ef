"""P&L against its own history: what is told, what is not told yet, and over restarts."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from deskwatch.anomaly.book import AnomalyBook
from deskwatch.anomaly.settings import AnomalySettings
from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import EQUITY, HOUR, MINUTE, TEN
from tests.engine.rig import flaky_history
from tests.engine.test_laws import MEMORY, Life, books_are_a_replays, lives

QUICK = AnomalySettings(
    interval_ns=MINUTE, least_hour=1000, most_hour=1000, least_day=1000, least_all=10,
    least_span_ns=0, most_all=60, short=5, long=20, frozen_ns=2 * MINUTE,
)  # fmt: skip
LONG_MARKS = BooksSettings(mark_max_age_ns=24 * HOUR)


class Desk:
    """A long position whose mark moves each minute; 10 shares, so a dollar is ten."""

    def __init__(
        self, settings: AnomalySettings = QUICK, books: BooksSettings = LONG_MARKS
    ) -> None:
        self.settings, self.books_settings = settings, books
        self.books = self.fresh()
        self.now = TEN
        self.price = 100_00
        self.fills = 0
        self.tell(EQUITY)
        self.fill("10")
        self.mark(0)

    def fresh(self) -> Books:
        return Books(self.books_settings, [lambda books: AnomalyBook(books, self.settings)])

    def tell(self, happened: event.Event) -> None:
        self.books.begin(self.now)
        assert self.books.apply(happened)

    def fill(self, quantity: str, strategy: str = "mm") -> None:
        self.fills += 1
        self.tell(
            event.Fill(
                event_time=self.now, account="A1", strategy=strategy, venue="XNAS", symbol="AAPL",
                side="buy", quantity=quantity, price=f"{self.price / 100}",
                exec_id=f"E{self.fills}",
            )
        )  # fmt: skip

    def mark(self, cents: int) -> None:
        self.price += cents
        self.tell(
            event.Mark(
                event_time=self.now, venue="XNAS", symbol="AAPL", price=f"{self.price / 100}"
            )
        )

    def minute(self, cents: int) -> "Desk":
        """Let a minute pass in which the mark moves once."""
        self.now += 30 * SECOND
        self.mark(cents)
        self.now += 30 * SECOND
        self.books.begin(self.now)
        return self

    def minutes(self, *moves: int) -> "Desk":
        for cents in moves:
            self.minute(cents)
        return self

    def of(self, strategy: str = "mm"):
        book = self.books.beside[AnomalyBook.name]
        assert isinstance(book, AnomalyBook)
        (found,) = [one for one in book.anomalies(self.now) if one.strategy == strategy]
        return found


USUAL = (3, -2, 1, -3, 2, -1, 3, -2, 1, -3, 2, -1)


def test_warm_up_is_told_and_counts_down():
    desk = Desk().minutes(1, 2, -1)
    assert (desk.of().unknown, desk.of().needed, desk.of().score) == ("warming_up", 8, None)
    desk.minutes(*USUAL)
    assert (desk.of().unknown, desk.of().needed, desk.of().basis) == (None, 0, "all_hours")


@pytest.mark.parametrize("strategy", ["mm", "pairs", ""])
def test_a_loss_outside_of_its_history_is_far_below_zero(strategy):
    desk = Desk()
    desk.fill("10", "pairs")
    found = desk.minutes(*USUAL, -60).of(strategy)
    assert found.score < -8
    assert found.change == -6 * 10**9 * (1 if strategy else 2)
    assert desk.minutes(60).of(strategy).score > 8, "a gain is on the other side"


def test_an_account_with_one_strategy_is_told_once_and_has_its_history_when_there_are_two():
    desk = Desk().minutes(*USUAL)
    book = desk.books.beside[AnomalyBook.name]
    assert isinstance(book, AnomalyBook)
    assert [one.strategy for one in book.anomalies(desk.now)] == ["mm"]
    desk.fill("10", "pairs")
    desk.minutes(-60)
    assert desk.of("").score < -8
    assert desk.of("pairs").unknown == "warming_up"


def test_an_hour_of_the_week_speaks_for_itself_once_it_can():
    wild = AnomalySettings(
        interval_ns=MINUTE, least_hour=20, most_hour=60, least_all=10, least_span_ns=0, most_all=240
    )
    desk = Desk(wild)
    desk.minutes(*([1, -1] * 28))  # the quiet hour from ten to eleven
    desk.minutes(*([50, -50] * 30))  # the wild one
    assert desk.of().basis == "hour_of_week"
    assert abs(desk.minutes(-50).of().score) < 8


def test_the_last_interval_of_an_hour_is_of_that_hour():
    """The close of a wild session is not held against the quiet hour after it."""
    hourly = AnomalySettings(
        interval_ns=MINUTE, least_hour=20, most_hour=60, least_all=10, least_span_ns=0, most_all=240
    )
    desk = Desk(hourly).minutes(*([50, -50] * 30)).minutes(*([1, -1] * 30))
    desk.now = TEN + 7 * 24 * HOUR + 56 * MINUTE
    desk.minutes(0, 50, -50, -50)
    assert desk.now == TEN + 7 * 24 * HOUR + HOUR
    found = desk.of()
    assert (found.change, found.basis) == (-5 * 10**9, "hour_of_week")
    assert abs(found.score) < 8


def test_a_session_keeps_its_hours_where_clocks_change():
    """It is wild from 16:00 to 17:00 in Berlin, on the Mondays before and after 28 March 2027."""
    hourly = AnomalySettings(
        interval_ns=MINUTE, least_hour=20, most_hour=60, least_all=10, least_span_ns=0, most_all=240
    )
    desk = Desk(hourly, replace(LONG_MARKS, timezone="Europe/Berlin"))
    desk.now = TEN + (17 * 7 * 24 + 4) * HOUR
    desk.minutes(*([1, -1] * 30)).minutes(*([50, -50] * 30))
    desk.now += (7 * 24 - 1) * HOUR - 4 * MINUTE
    desk.minutes(0, 50, -50, -50)
    assert (desk.of().change, desk.of().basis) == (-5 * 10**9, "hour_of_week")
    assert abs(desk.of().score) < 8


class MixedDesk(Desk):
    """Beside it another account holds ten shares of an exchange that is closed most of the time."""

    def __init__(self, settings: AnomalySettings = QUICK) -> None:
        super().__init__(settings)
        self.tell(replace(EQUITY, symbol="MSFT", base="MSFT"))
        bought = event.Fill(
            event_time=self.now, account="A2", strategy="day", venue="XNAS", symbol="MSFT",
            side="buy", quantity="10", price="100", exec_id="M1",
        )  # fmt: skip
        self.tell(bought)

    def session(self, *cents: int) -> "MixedDesk":
        """Let minutes pass in which the exchange is open, too; cents: its price's above 100."""
        for above in cents:
            marked = event.Mark(
                event_time=self.now, venue="XNAS", symbol="MSFT", price=f"{100 + above / 100}"
            )
            self.tell(marked)
            self.minute(1)
        return self


def test_a_closed_exchange_is_no_observation_whoever_else_trades():
    desk = MixedDesk().session(*USUAL)
    samples, closed = desk.of("day").samples, desk.now
    desk.minutes(*([3, -3] * 40))
    assert (desk.of("day").samples, desk.of("day").at) == (samples, closed)
    assert desk.of().samples == samples + 80


def test_the_first_hour_after_a_weekend_is_no_other_level():
    """With the weekend's zeros for a history, Monday's usual scores would be far below it."""
    desk = MixedDesk()
    shifts: list[float | None] = []
    for _ in range(6):
        shifts += [desk.session(above).of("day").shift for above in USUAL]
        desk.minutes(*([3, -3] * 30))
    known = [shift for shift in shifts if shift is not None]
    assert len(known) > 12
    assert min(known) > -3


def test_what_trades_nothing_is_observed_while_its_market_is_open():
    desk = MixedDesk().session(*[0] * 12)
    assert desk.of("day").samples == desk.of().samples
    assert (desk.of("day").change, desk.of("day").unknown) == (0, "no_deviation")


def test_what_never_deviated_says_nothing_about_much():
    desk = Desk().minutes(*[0] * 12)
    assert (desk.of().score, desk.of().unknown) == (None, "no_deviation")


def test_who_trades_seldom_is_judged_by_its_own_trades():
    """Nine intervals of ten stand still: a loss like those before it is none that is unusual."""
    desk = Desk().minutes(*[0, 0, 0, 0, 10, 0, 0, 0, 0, -8] * 4)
    assert -2 < desk.minutes(0, 0, 0, 0, -12).of().score < 0
    assert desk.minutes(0, 0, 0, 0, -120).of().score < -8


def test_a_level_that_moves_is_a_shift_and_one_outlier_is_none():
    steady = USUAL * 3
    assert abs(Desk().minutes(*steady, -40).of().shift) < 4
    assert Desk().minutes(*steady, *[-20] * 5).of().shift < -4


def test_a_level_is_not_told_of_p_and_l_that_nobody_knows():
    desk = Desk().minutes(*USUAL * 3, *[-15] * 5)
    desk.now += LONG_MARKS.mark_max_age_ns
    desk.tell(event.Fx(event_time=desk.now, base="EUR", quote="USD", rate="1.1"))
    desk.now += MINUTE
    desk.books.begin(desk.now)
    assert (desk.of().shift, desk.of().unknown) == (None, "unpriced")
    assert desk.minutes(0).of().shift is None, "the last P&L is not known"
    assert desk.minutes(0).of().shift is not None


def test_a_figure_is_that_of_the_boundary_by_which_a_mark_may_have_grown_too_old():
    assert Desk(books=BooksSettings(mark_max_age_ns=31 * SECOND)).minutes(1, 2).of().change
    desk = Desk(books=BooksSettings(mark_max_age_ns=29 * SECOND)).minutes(1, 2)
    assert (desk.of().change, desk.of().samples) == (None, 0)


def test_a_fill_alone_makes_an_interval_one_to_look_at():
    desk = Desk().minutes(1, 2)
    before = desk.of().samples
    desk.now += 30 * SECOND
    desk.fill("10")
    desk.now += 30 * SECOND
    desk.books.begin(desk.now)
    assert desk.of().samples == before + 1


def test_a_night_is_no_observation_and_what_came_before_it_no_change():
    desk = Desk().minutes(*USUAL)
    before = desk.of().samples
    desk.now += 9 * HOUR
    desk.mark(-500)
    desk.now += MINUTE
    desk.books.begin(desk.now)
    assert (desk.of().change, desk.of().samples) == (None, before)


def test_p_and_l_that_stands_still_while_fills_come_is_frozen():
    desk = Desk().minutes(1, 2)
    assert desk.of().frozen_ns == 0
    for _ in range(3):
        desk.now += 30 * SECOND
        desk.fill("1")
        desk.mark(0)
        desk.now += 30 * SECOND
        desk.books.begin(desk.now)
    assert desk.of().frozen_ns == 3 * MINUTE
    assert desk.minutes(1).of().frozen_ns == 0


def test_still_without_fills_is_a_quiet_market():
    assert Desk().minutes(1, 2, 0, 0, 0).of().frozen_ns == 0


def test_a_restart_changes_no_baseline():
    desk = Desk().minutes(*USUAL)
    again = desk.fresh()
    load(again, dump(desk.books))
    assert dump(again) == dump(desk.books)
    whole = desk.minutes(-60).of()
    desk.books = again
    desk.price += 60
    desk.now -= MINUTE
    assert desk.minutes(-60).of() == whole


def test_another_interval_begins_anew():
    """What is usual in a minute says nothing of an hour."""
    desk = Desk().minutes(*USUAL)
    desk.settings = replace(QUICK, interval_ns=HOUR)
    again = desk.fresh()
    load(again, dump(desk.books))
    book = again.beside[AnomalyBook.name]
    assert isinstance(book, AnomalyBook)
    assert book.anomalies(desk.now) == []


def test_histories_are_bounded():
    desk = Desk(AnomalySettings(interval_ns=MINUTE, max_groups=1)).minutes(1)
    book = desk.books.beside[AnomalyBook.name]
    assert isinstance(book, AnomalyBook)
    assert (len(book.histories), book.left_out) == (1, 1)


@settings(max_examples=30)
@given(life=lives)
def test_the_anomaly_book_is_that_of_a_replay_from_empty(life):
    seed, steps = life
    quick = AnomalySettings(
        interval_ns=10 * SECOND, least_hour=2, most_hour=4, least_all=3, least_span_ns=0, most_all=6, short=2,
        long=3, max_groups=3,
    )  # fmt: skip

    async def play() -> None:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder, flaky_history():
            lived = Life(Path(folder), seed)
            books = lived.rig.settings
            lived.rig.new_books = lambda: Books(  # type: ignore[method-assign]
                books, [lambda books: AnomalyBook(books, quick)]
            )
            await lived.live(steps)
            await books_are_a_replays(lived)

    asyncio.run(play())
