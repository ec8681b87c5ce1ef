"""Reports and books as a scrape finds them."""

from deskwatch.exposition.reconciliation import ReconciliationCollector
from tests.core.blotter import FUTURE, TEN
from tests.core.test_reconciliation import Desk
from tests.exposition.scrape import Scrape

SECOND = 1_000_000_000


class Scraped:
    """The samples of a desk at a number of seconds after ten."""

    def __init__(self, desk: Desk) -> None:
        self.now = TEN
        self._scrape = Scrape(ReconciliationCollector(desk.books, lambda: self.now, 1000))

    def at(self, seconds: float) -> dict[str, float]:
        self.now = TEN + round(seconds * SECOND)
        pairs = (line.rsplit(" ", 1) for line in self._scrape())
        return {name.removeprefix("desk_reconciliation_"): float(value) for name, value in pairs}


POSITION = 'report="position",account="A1",venue="XNAS",symbol="AAPL"'
BROKEN = 'kind="quantity",account="A1",venue="XNAS",symbol="AAPL"'


def test_a_break_its_size_and_its_age():
    scraped = Scraped(Desk().fill("+10", 1).said("14", 10))
    assert scraped.at(12)[f'state{{{POSITION},state="ok"}}'] == 1
    seen = scraped.at(15)
    assert seen[f'state{{{POSITION},state="break"}}'] == 1
    assert seen[f'state{{{POSITION},state="ok"}}'] == 0
    assert seen[f"break_quantity{{{BROKEN}}}"] == 4
    assert seen[f"break_age_seconds{{{BROKEN}}}"] == 5
    assert seen['breaks{account="A1",venue="XNAS",kind="quantity"}'] == 1
    assert seen['breaks{account="A1",venue="XNAS",kind="missing_at_venue"}'] == 0
    assert not any(name.startswith("break_notional") for name in seen)


def test_a_failed_query_is_no_figure_at_all():
    seen = Scraped(Desk().said(None, 10, error="timeout")).at(11)
    assert seen[f'state{{{POSITION},state="unknown"}}'] == 1
    assert seen[f'unknown{{{POSITION},reason="query_failed"}}'] == 1
    assert seen[f"failures_total{{{POSITION}}}"] == 1
    assert not any(name.startswith(("last_success", "break_")) for name in seen)


def test_positions_that_no_report_names_are_counted_as_they_open_and_close():
    desk = Desk().fill("+10", 1).fill("+1", 1, of=FUTURE)
    scraped = Scraped(desk)
    at = 'unreported_positions{account="A1",venue="XNAS"}'
    assert scraped.at(2)[at] == 1
    desk.said("10", 3)
    assert scraped.at(4)[at] == 0
    future = 'unreported_positions{account="A1",venue="XCME"}'
    assert scraped.at(4)[future] == 1
    desk.fill("-1", 5, of=FUTURE)
    assert scraped.at(6)[future] == 0


def test_the_settings_are_series():
    seen = Scraped(Desk()).at(1)
    assert (seen["grace_seconds"], seen["max_age_seconds"]) == (3, 300)
