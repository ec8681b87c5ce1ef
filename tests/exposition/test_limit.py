"""The limits as a scrape finds them."""

from msgspec.structs import replace

from deskwatch.core.books import Books
from deskwatch.core.limit import LimitSettings
from deskwatch.core.limits import Limits
from deskwatch.core.observation import Limit
from deskwatch.exposition.limit import LimitCollector
from tests.core.blotter import EQUITY, MINUTE, TEN, Desk
from tests.exposition.scrape import Scrape

LIMITS = LimitSettings(
    accounts={"A1": {"daily_loss": "500"}},
    strategies={("A1", "mm"): {"hourly_loss": "0.5"}},
)

MISSING = '{limit="daily_loss",account="A1",strategy="",venue="",symbol=""}'
THRESHOLDS = [
    'desk_limit_threshold_ratio{level="near"} 0.7',
    'desk_limit_threshold_ratio{level="high"} 0.9',
    'desk_limit_threshold_ratio{level="breached"} 1.0',
]


def limits_of(desk: Desk, settings: LimitSettings) -> Scrape:
    desk.books.limits = Limits(settings, desk.books)
    return Scrape(LimitCollector(desk.books, lambda: desk.now, max_series=100))


def refreshed(desk: Desk) -> Books:
    desk.books.refresh(desk.now)
    return desk.books


def test_a_limit_its_use_and_their_ratio():
    desk = Desk().trade("+10@100").mark("88")
    refreshed(desk)
    account = '{limit="daily_loss",account="A1",strategy="",venue="",symbol="",currency="USD"}'
    strategy = '{limit="hourly_loss",account="A1",strategy="mm",venue="",symbol="",currency="USD"}'
    assert limits_of(desk, LIMITS)() == [
        f"desk_limit{account} 500.0",
        f"desk_limit{strategy} 0.5",
        f"desk_limit_used{account} 120.0",
        f"desk_limit_used{strategy} 120.0",
        f"desk_limit_utilization_ratio{account} 0.24",
        f"desk_limit_utilization_ratio{strategy} 240.0",
        f"desk_limit_missing{MISSING} 0.0",
        "desk_limits_removed 0.0",
        *THRESHOLDS,
    ]


def test_a_use_that_is_not_known_is_absent_and_the_limit_stays():
    desk = Desk().trade("+10@100").mark("88")
    scrape = limits_of(desk, LIMITS)
    refreshed(desk)
    assert any(line.startswith("desk_limit_used") for line in scrape())
    refreshed(desk.at(TEN + 6 * MINUTE))
    assert [line.partition("{")[0] for line in scrape()] == [
        "desk_limit",
        "desk_limit",
        "desk_limit_missing",
        "desk_limits_removed 0.0",
        *["desk_limit_threshold_ratio"] * 3,
    ]


def test_an_account_without_a_limit_on_its_day_is_named():
    desk = Desk().trade("+10@100")
    refreshed(desk)
    assert limits_of(desk, LimitSettings())() == [
        f"desk_limit_missing{MISSING} 1.0", "desk_limits_removed 0.0", *THRESHOLDS,
    ]  # fmt: skip


def test_what_events_took_away_is_counted_until_it_is_set_again():
    desk = Desk()
    scrape = limits_of(desk, LimitSettings())
    for value, removed in ((None, 0), ("5", 0), (None, 1), (None, 1), ("6", 0)):
        desk.books.apply(Limit(event_time=TEN, limit="gross", account="A1", value=value))
        assert f"desk_limits_removed {removed:.1f}" in scrape()


def test_what_finds_no_room_is_counted_for_as_long_as_it_finds_none():
    desk = Desk(*(replace(EQUITY, symbol=f"S{number}") for number in range(101)))
    for number in range(101):
        desk.fill("+1@100", symbol=f"S{number}")
    every = LimitSettings(defaults={"instrument": {"position": "5"}}, required={})
    desk.books.limits = Limits(every, desk.books)
    collector = LimitCollector(desk.books, lambda: desk.now, max_series=100)
    refused = []
    for _ in range(3):
        collector.collect()
        refused.append({family.refused for family in collector.families if family.series == 100})
    assert refused == [{1}, {2}, {3}]
