"""A session that is livelier than the rest of its day: what is unlike it, and what is usual."""

import random

import pytest

from deskwatch.anomaly.history import History
from deskwatch.anomaly.settings import AnomalySettings

SETTINGS = AnomalySettings()
A_DAY = 288
#: 09:00 to 16:00.
SESSION = range(108, 192)


class Desk:
    """Trades around the clock, and in the session ten times as much of it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.history = History(SETTINGS, "USD")
        self.sampled = 0
        self.net = 0

    def earn(self, usd: float) -> History:
        """Let an interval pass that brings so much."""
        hour = self.sampled // 12 % 168
        self.sampled += 1
        self.net += round(usd * 10**9)
        self.history.take(self.net, self.sampled * SETTINGS.interval_ns, hour, filled=True)
        return self.history

    def usual(self, until: int) -> list[History]:
        """Trade as usual until so many intervals have passed since midnight."""
        seen: list[History] = []
        while self.sampled % A_DAY != until % A_DAY or not seen:
            lively = 10 if self.sampled % A_DAY in SESSION else 1
            seen.append(self.earn(self.chance.gauss(0, lively)))
        return seen

    def days(self, days: int) -> "Desk":
        for _ in range(days):
            self.usual(A_DAY)
        return self


def test_of_the_first_day_nothing_is_told():
    desk = Desk(1)
    desk.earn(desk.chance.gauss(0, 1))
    for interval in range(1, A_DAY + 1):
        (now,) = desk.usual(desk.sampled + 1)
        assert (now.judged.score, now.needed) == (None, A_DAY - interval)
    (second,) = desk.usual(desk.sampled + 1)
    assert second.judged.score is not None


def test_who_trades_in_a_short_session_is_judged_once_there_are_enough_of_them():
    desk = Desk(1)
    for _ in range(60):
        desk.earn(desk.chance.gauss(0, 1))
    assert desk.history.needed == A_DAY - 59
    desk.sampled += A_DAY - 60
    desk.usual(1)
    assert desk.history.needed == SETTINGS.least_all - 59, "the night's end had no change"
    for _ in range(SETTINGS.least_all - 59):
        assert desk.earn(desk.chance.gauss(0, 1)).judged.score is None
    assert desk.earn(0).judged.score is not None


@pytest.mark.parametrize("seed", range(2))
def test_from_the_second_day_on_a_lively_session_is_neither_a_loss_nor_another_level(seed):
    desk = Desk(seed).days(1)
    desk.usual(1)
    losses, shifts = [], []
    for _ in range(5 * A_DAY):
        (now,) = desk.usual(desk.sampled + 1)
        losses.append(now.judged.score < -SETTINGS.score)
        shifts.append(now.shift is not None and now.shift < -SETTINGS.shift)
    assert (sum(losses), sum(shifts)) == (0, 0)


def test_a_loss_of_the_session_is_unusual_at_night():
    desk = Desk(1).days(3)
    assert desk.earn(-15).judged.score < -SETTINGS.score
    desk.usual(SESSION.start + 12)
    assert desk.earn(-15).judged.score > -SETTINGS.score


@pytest.mark.parametrize("days", [2, 15])
def test_a_level_that_falls_by_six_deviations_is_told_within_the_hour(days):
    desk = Desk(1).days(days)
    desk.usual(SESSION.start + 24)
    (*_, last) = (desk.earn(desk.chance.gauss(-60, 10)) for _ in range(SETTINGS.short))
    assert last.shift < -SETTINGS.shift


def test_a_week_later_the_hour_of_the_week_speaks_alone():
    desk = Desk(1).days(14)
    assert desk.earn(0).judged.basis == "hour_of_day", "its first interval had no change"
    assert desk.earn(0).judged.basis == "hour_of_week"
