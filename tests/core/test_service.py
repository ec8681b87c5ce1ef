"""Heartbeats in, who is up and for how long out."""

from typing import Any

import pytest

from deskwatch.core.books import Books
from deskwatch.core.observation import Heartbeat
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.service import MAX_SERVICES, Service
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from deskwatch.core.watch import Watch
from tests.core.blotter import TEN
from tests.core.play import booked

ALWAYS = Watch()
SETTINGS = BooksSettings().heartbeats  # 30 s where nothing is promised; down after three


def beat(at: int, interval_s: int | None = 10, **fields: Any) -> Heartbeat:
    interval = None if interval_s is None else interval_s * SECOND
    named = {"service": "pricer", "host": "fra-1"}
    return Heartbeat(event_time=TEN + at * SECOND, interval_ns=interval, **(named | fields))


def service(*beats: Heartbeat) -> Service:
    return booked(*beats).services.services["pricer", "fra-1"]


def uptime_s(one: Service, at: int, watch: Watch = ALWAYS) -> float | None:
    uptime = one.uptime_ns(SETTINGS, TEN + at * SECOND, watch)
    return None if uptime is None else uptime / SECOND


def test_it_is_up_since_its_first_beat_and_down_after_three_intervals():
    one = service(beat(0), beat(10), beat(20))
    assert uptime_s(one, 50) == 50
    assert uptime_s(one, 51) is None
    assert [one.is_down(SETTINGS, TEN + at * SECOND, ALWAYS) for at in (50, 51)] == [False, True]


def test_it_says_itself_since_when_it_is_up():
    assert uptime_s(service(beat(0, started_at=TEN - 600 * SECOND)), 5) == 605


@pytest.mark.parametrize(
    ("beats", "restarts", "outages"),
    [
        pytest.param([beat(0), beat(30)], 0, 0, id="one that is late is no outage"),
        pytest.param([beat(0), beat(31)], 0, 1, id="one that is later than three intervals is"),
        pytest.param([beat(0, epoch=1), beat(10, epoch=2)], 1, 0, id="another run is a restart"),
        pytest.param(
            [beat(0, started_at=TEN), beat(10, started_at=TEN + 8 * SECOND)], 1, 0,
            id="as is another start",
        ),
        pytest.param(
            [beat(0, started_at=TEN, epoch=1), beat(60, started_at=TEN, epoch=2)], 0, 1,
            id="one that was cut off was up all the time",
        ),
        pytest.param([beat(0), beat(10), beat(5)], 0, 0, id="one that comes late is nothing"),
        pytest.param([beat(0), beat(5, 0), beat(500)], 0, 0, id="a stop is no outage"),
        pytest.param([beat(0, None), beat(90, None)], 0, 0, id="the default interval"),
        pytest.param([beat(0, None), beat(91, None)], 0, 1, id="and its end"),
    ],
)  # fmt: skip
def test_what_counts_as_a_restart_and_as_an_outage(beats, restarts, outages):
    one = service(*beats)
    assert (one.restarts, one.outages) == (restarts, outages)


def test_up_anew_after_an_outage_but_not_where_it_says_since_when():
    assert uptime_s(service(beat(0), beat(31)), 35) == 4
    cut_off = service(beat(0, started_at=TEN), beat(60, started_at=TEN))
    assert uptime_s(cut_off, 65) == 65


def test_beats_that_the_platform_held_back_are_no_outage():
    """They come all at once when it reaches us again, each with its own time."""
    books = booked(beat(0))
    books.begin(TEN + 300 * SECOND)
    for at in range(10, 300, 10):
        books.apply(beat(at))
    one = books.services.services["pricer", "fra-1"]
    assert (one.outages, uptime_s(one, 301)) == (0, 301)


@pytest.mark.parametrize(
    ("until", "at", "is_down"),
    [
        pytest.param(31, 600, True, id="down before nobody listened: down still"),
        pytest.param(29, 600, False, id="late then: a whole time from when we listened again"),
        pytest.param(29, 631, True, id="and not a beat since"),
    ],
)
def test_what_a_restart_of_ours_knows(until, at, is_down):
    watch = Watch(since=TEN + 600 * SECOND, until=TEN + until * SECOND)
    one = service(beat(0))
    assert one.is_down(SETTINGS, TEN + at * SECOND, watch) == is_down


@pytest.mark.parametrize(
    ("until", "at", "is_down"),
    [
        pytest.param(10, 708, False, id="heard of shortly before the first restart"),
        pytest.param(31, 708, True, id="down before the first restart: down still"),
        pytest.param(10, 800, True, id="and not a beat since the last one"),
    ],
)
def test_a_service_has_its_whole_time_after_each_restart_of_a_loop(until, at, is_down):
    watch = Watch()
    for ended, began in ((until, 600), (604, 650), (654, 700)):
        watch = watch.followed(TEN + ended * SECOND, TEN + began * SECOND)
    one = service(beat(0))
    assert one.is_down(SETTINGS, TEN + at * SECOND, watch) == is_down


def test_one_that_stops_on_purpose_has_no_age_and_is_not_down():
    one = service(beat(0), beat(10, 0))
    later = TEN + 10_000 * SECOND
    assert one.stopped
    assert one.age_ns(SETTINGS, later, ALWAYS) is None
    assert not one.is_down(SETTINGS, later, ALWAYS)
    assert one.uptime_ns(SETTINGS, later, ALWAYS) is None


def test_what_came_while_nobody_listened_is_not_missed():
    one = service(beat(0))
    since = TEN + 600 * SECOND
    watch = Watch(since)
    assert one.age_ns(SETTINGS, since + 5 * SECOND, watch) == 5 * SECOND
    assert not one.is_down(SETTINGS, since + 30 * SECOND, watch)
    assert one.is_down(SETTINGS, since + 31 * SECOND, watch)


def test_services_are_bounded():
    books = booked(*(beat(0, service=f"s{n}") for n in range(MAX_SERVICES)))
    with pytest.raises(EventRejected, match="too_many_names"):
        books.apply(beat(0, service="one more"))
    assert books.apply(beat(1, service="s0"))


def test_they_come_back():
    books = booked(beat(0), beat(31), beat(40, 0, host="fra-2"))
    again = Books(BooksSettings(heartbeats=SETTINGS))
    load(again, dump(books))
    assert again.services.dump() == books.services.dump()
    assert again.services.services["pricer", "fra-1"].outages == 1
