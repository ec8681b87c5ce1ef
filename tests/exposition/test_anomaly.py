"""P&L against its own history as a scrape finds it."""

from deskwatch.anomaly.book import AnomalyBook
from deskwatch.exposition.anomaly import AnomalyCollector
from tests.anomaly.test_book import USUAL, Desk
from tests.core.blotter import MINUTE
from tests.exposition.scrape import Scrape


def scraped(desk: Desk) -> dict[str, float]:
    book = desk.books.beside[AnomalyBook.name]
    assert isinstance(book, AnomalyBook)
    lines = Scrape(AnomalyCollector(book, lambda: desk.now, 100))()
    pairs = (line.rsplit(" ", 1) for line in lines)
    return {name.removeprefix("desk_pnl_"): float(value) for name, value in pairs}


MM = '{account="A1",strategy="mm"}'


def test_a_score_that_can_not_be_told_yet_is_absent_and_says_so():
    seen = scraped(Desk().minutes(1, 2))
    assert f"anomaly_score{MM}" not in seen
    assert seen[f"anomaly_warmup{MM}"] == 1
    assert seen[f"anomaly_needed_samples{MM}"] == 9


def test_a_loss_its_score_and_its_thresholds():
    seen = scraped(Desk().minutes(*USUAL, -60))
    assert seen[f"anomaly_score{MM}"] < -seen["anomaly_threshold"]
    assert seen['anomaly_change{account="A1",strategy="mm",currency="USD"}'] == -6
    assert seen[f"anomaly_warmup{MM}"] == 0
    assert (seen["level_shift_threshold"], seen["frozen_max_seconds"]) == (4, 120)


def test_the_last_score_of_a_day_does_not_stand_all_night():
    desk = Desk().minutes(*USUAL * 3, *[-15] * 5)
    told = {f"anomaly_score{MM}", f"level_shift{MM}"}
    assert told <= scraped(desk).keys()
    desk.now += 2 * MINUTE
    assert told <= scraped(desk).keys(), "the next one is to come at any moment"
    desk.now += MINUTE
    assert not told & scraped(desk).keys()
    assert f"anomaly_warmup{MM}" in scraped(desk)
