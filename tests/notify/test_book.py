"""Which alerts are told, together with which, and how often."""

from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.notify.book import AlertBook
from deskwatch.notify.grouping import OWN_GENERATOR, own_group
from deskwatch.notify.matcher import Matcher, parse_matchers
from deskwatch.notify.settings import BookSettings, Inhibition
from deskwatch.notify.silence import CannotSilence
from deskwatch.notify.store import Store
from tests.notify.desk import HOUR, MINUTE, SECOND, START, again, alert, ended, opened


class Desk:
    """A book on its own, and what it tells."""

    def __init__(self, store: Store | None = None, **settings) -> None:
        self.store = store or Store()
        settings.setdefault("receivers", ("telegram", "mail"))
        self.book = AlertBook(BookSettings(**settings), self.store)
        self.now = START

    def take(self, *alerts):
        with self.store.transaction():
            self.book.update(alerts, self.now)
            return self.book.tick(self.now)

    def after(self, ns: int):
        self.now += ns
        with self.store.transaction():
            return self.book.tick(self.now)

    @contextmanager
    def acting(self):
        with self.store.transaction():
            yield self.book


def kinds(told):
    return [one.kind for one in told]


def test_a_page_is_told_at_once_and_by_itself():
    told = Desk().take(alert(account="A1"), alert(account="A2"))
    assert kinds(told) == ["new", "new"]
    assert [one.common_labels["account"] for one in told] == ["A1", "A2"]


def test_warnings_of_a_rule_wait_for_each_other():
    desk = Desk()
    assert desk.take(alert("MarkStale", "warning", symbol="ES")) == []
    desk.now += 5 * SECOND
    assert desk.take(alert("MarkStale", "warning", symbol="NQ")) == []
    (told,) = desk.after(5 * SECOND)
    assert told.firing == {"warning": 2}
    assert told.group_labels == {"alertname": "MarkStale", "severity": "warning"}


def test_what_names_no_severity_is_a_warning_and_what_lacks_a_label_shares_its_absence():
    desk = Desk(group_by=("alertname", "severity", "account"))
    bare = alert("MarkStale", symbol="ES")
    bare = replace(bare, labels={"alertname": "MarkStale", "symbol": "ES"})
    assert desk.take(bare) == []
    (told,) = desk.after(10 * SECOND)
    assert (told.severity, told.firing) == ("warning", {"warning": 1})
    assert told.group_labels == {"alertname": "MarkStale"}


def test_what_joins_a_group_is_told_after_its_interval():
    desk = Desk()
    desk.take(alert("MarkStale", "warning", symbol="ES"))
    desk.after(10 * SECOND)
    assert desk.take(alert("MarkStale", "warning", symbol="NQ")) == []
    assert desk.after(4 * MINUTE) == []
    (told,) = desk.after(MINUTE)
    assert (told.kind, told.firing) == ("changed", {"warning": 2})


def test_what_a_drill_has_made_fire_has_no_real_warning_wait_for_it():
    desk = Desk(simulated=frozenset({"drill"}))
    assert kinds(desk.take(alert("CircuitBreakerFlapping", "warning", account="drill"))) == []
    (drill,) = desk.after(10 * SECOND)
    assert desk.take(alert("CircuitBreakerFlapping", "warning", account="A1")) == []
    (real,) = desk.after(10 * SECOND)
    assert (real.kind, real.common_labels["account"]) == ("new", "A1")
    assert drill.group_labels["account"] == "drill", "a silence of it fits no other account"
    assert "account" not in real.group_labels


def test_a_group_says_that_some_have_ended_and_then_that_all_have():
    desk = Desk(group_interval=MINUTE)
    both = [alert("MarkStale", "warning", symbol=symbol) for symbol in ("ES", "NQ")]
    desk.take(*both)
    desk.after(10 * SECOND)
    desk.take(ended(both[0], desk.now))
    (eased,) = desk.after(MINUTE)
    assert (eased.kind, eased.firing, eased.resolved) == ("eased", {"warning": 1}, 1)
    desk.take(ended(both[1], desk.now))
    (over,) = desk.after(MINUTE)
    assert (over.kind, over.status, over.resolved) == ("resolved", "resolved", 1)
    assert desk.after(HOUR) == []


def test_what_ends_before_it_is_told_is_not_told_but_kept():
    desk = Desk()
    one = alert("MarkStale", "warning")
    desk.take(one)
    desk.now += SECOND
    assert desk.take(ended(one, desk.now)) == []
    assert desk.after(HOUR) == []
    (episode,) = desk.book.history.episodes(10)
    assert (episode.notify_time, episode.resolved_at) == (None, desk.now - HOUR)


def test_what_fires_is_repeated_each_interval_until_someone_has_seen_it():
    desk = Desk(escalate_after=100 * HOUR)
    (told,) = desk.take(alert(account="A1"))
    assert desk.after(4 * HOUR - 1) == []
    assert kinds(desk.after(1)) == ["repeat"]
    with desk.acting() as book:
        assert book.acknowledge(told.group_key, "ada", desk.now)
    assert desk.after(24 * HOUR) == []


def test_a_page_nobody_acknowledges_goes_to_the_next_channel_once():
    desk = Desk()
    desk.take(alert(account="A1"))
    assert desk.after(5 * MINUTE - 1) == []
    (told,) = desk.after(1)
    assert (told.kind, told.receiver) == ("escalated", "mail")
    assert told.notes == ["Nobody has acknowledged this for 5 minutes."]
    assert desk.after(HOUR) == []


@pytest.mark.parametrize(
    ("after", "said"), [(30 * SECOND, "30 s"), (90 * SECOND, "1 min 30 s"), (MINUTE, "1 minute")]
)
def test_how_long_nobody_has_acknowledged_is_as_long_as_it_was_set(after, said):
    desk = Desk(escalate_after=after)
    desk.take(alert(account="A1"))
    (told,) = desk.after(after)
    assert told.notes == [f"Nobody has acknowledged this for {said}."]


def test_a_page_that_was_escalated_is_not_escalated_again_after_a_restart(tmp_path):
    path = tmp_path / "book.sqlite"
    desk = Desk(opened(path))
    desk.take(alert(account="A1"))
    assert kinds(desk.after(5 * MINUTE)) == ["escalated"]
    desk.store.close()
    back = Desk(opened(path))
    back.now = desk.now + MINUTE
    assert back.after(HOUR) == []


def test_a_page_that_ended_and_comes_and_goes_since_is_escalated_anew():
    desk = Desk(flap_count=1)
    one = alert(account="A1")
    desk.take(one)
    assert kinds(desk.after(5 * MINUTE)) == ["escalated"]
    assert kinds(desk.take(ended(one, desk.now))) == ["resolved"]
    assert kinds(desk.take(again(one, desk.now))) == ["flapping"]
    assert kinds(desk.after(5 * MINUTE)) == ["escalated"]


def test_a_clock_set_back_while_we_were_away_puts_nothing_off(tmp_path):
    path = tmp_path / "book.sqlite"
    desk = Desk(opened(path), flap_count=1)
    one, other = alert(account="A1"), alert(account="A2")
    desk.take(one, other)
    desk.take(ended(other, desk.now))
    assert kinds(desk.take(again(other, desk.now))) == ["flapping"]
    desk.take(ended(other, desk.now))
    desk.store.close()
    back = Desk(opened(path), flap_count=1)
    back.now = desk.now - HOUR
    assert back.after(0) == []
    assert kinds(back.after(5 * MINUTE)) == ["escalated"] * 2
    assert kinds(back.after(5 * MINUTE)) == ["resolved"]


def test_after_a_clock_was_set_back_each_thing_is_told_in_its_own_time(tmp_path):
    path = tmp_path / "book.sqlite"
    desk = Desk(opened(path), escalate_after=100 * HOUR)
    over, stays = alert(account="A1"), alert(account="A2")
    desk.take(over, stays, alert("MarkStale", "warning", symbol="ES"))
    assert kinds(desk.after(10 * SECOND)) == ["new"]
    desk.store.close()
    back = Desk(opened(path), escalate_after=100 * HOUR)
    back.now = desk.now - 12 * HOUR
    assert kinds(back.take(ended(over, back.now))) == ["resolved"]
    assert back.take(alert("MarkStale", "warning", symbol="NQ", at=back.now)) == []
    assert back.after(5 * MINUTE - 1) == []
    assert kinds(back.after(1)) == ["changed"]
    assert back.after(4 * HOUR - 5 * MINUTE - 1) == []
    (again_told,) = back.after(1)
    assert (again_told.kind, again_told.common_labels["account"]) == ("repeat", "A2")


def test_an_acknowledged_page_is_not_escalated_and_its_end_is_told():
    desk = Desk()
    one = alert(account="A1")
    (told,) = desk.take(one)
    with desk.acting() as book:
        book.acknowledge(told.group_key, "ada (7)", desk.now)
    assert desk.after(HOUR) == []
    assert kinds(desk.take(ended(one, desk.now))) == ["resolved"]
    desk.now += 1
    (anew,) = desk.take(again(one, desk.now))
    assert (anew.kind, anew.notes) == ("new", [])
    assert [deed.actor for deed in desk.book.history.deeds(9)] == ["ada (7)"]


def test_an_acknowledged_page_is_not_escalated_for_a_silence_of_others():
    desk = Desk()
    (told,) = desk.take(alert(account="A1"))
    with desk.acting() as book:
        book.acknowledge(told.group_key, "ada", desk.now)
        others = [Matcher("account", "=", "A2")]
        book.silence(others, author="bob", reason="", now_ns=desk.now, duration=HOUR)
    assert desk.after(HOUR - 1) == []
    assert desk.after(1) == []


def test_an_end_is_taken_once_and_that_of_what_nobody_knew_is_none():
    desk = Desk()
    one = alert(account="A1", at=START - MINUTE)
    assert desk.take(ended(alert(account="A2"), desk.now)) == []
    desk.take(one)
    assert kinds(desk.take(ended(one, desk.now + SECOND))) == ["resolved"]
    desk.now += MINUTE
    assert desk.take(ended(one, desk.now)) == []
    (episode,) = desk.book.history.episodes(9)
    assert (episode.alert_time, episode.resolved_at) == (START - MINUTE, START + SECOND)


def test_what_is_over_can_no_longer_be_acknowledged():
    desk = Desk()
    one = alert(account="A1")
    (told,) = desk.take(one)
    desk.take(ended(one, desk.now))
    with desk.acting() as book:
        assert not book.acknowledge(told.group_key, "ada", desk.now)
        assert not book.acknowledge("no such group", "ada", desk.now)


def test_a_silence_keeps_quiet_until_it_ends():
    desk = Desk(escalate_after=100 * HOUR)
    with desk.acting() as book:
        book.silence(
            parse_matchers('account=~"A.*"'),
            author="ada",
            reason="test",
            now_ns=desk.now,
            duration=HOUR,
        )
    assert desk.take(alert(account="A1")) == []
    assert kinds(desk.take(alert(account="B1"))) == ["new"]
    (view,) = [one for one in desk.book.alerts() if one.silence is not None]
    assert view.alert.labels["account"] == "A1"
    assert desk.after(HOUR - 1) == []
    (told,) = desk.after(1)
    assert told.common_labels["account"] == "A1"
    deeds = [(deed.actor, deed.what) for deed in desk.book.history.deeds(9)]
    assert deeds == [("ada", "silence ended"), ("ada", "silence")]


def test_a_silence_that_is_ended_lets_through_what_still_fires():
    desk = Desk()
    with desk.acting() as book:
        silence = book.silence(
            [Matcher("account", "=", "A1")], author="ada", reason="", now_ns=desk.now, duration=HOUR
        )
    assert desk.take(alert(account="A1")) == []
    with desk.acting() as book:
        assert book.expire_silence(silence.id, "bob", desk.now)
        assert not book.expire_silence(silence.id, "bob", desk.now)
    assert kinds(desk.after(1)) == ["new"]
    assert [deed.what for deed in desk.book.history.deeds(9)] == ["expire silence", "silence"]


def test_a_silence_outlives_a_restart_and_its_end_does_too(tmp_path):
    path = tmp_path / "book.sqlite"
    desk = Desk(opened(path))
    with desk.acting() as book:
        made = book.silence(
            parse_matchers('account=~"A.*", venue!=""'),
            author="ada",
            reason="a move",
            now_ns=desk.now,
            duration=HOUR,
        )
    desk.store.close()
    back = Desk(opened(path))
    assert back.book.silences() == [made]
    with back.acting() as book:
        book.expire_silence(made.id, "bob", back.now)
    back.store.close()
    assert Desk(opened(path)).book.silences() == []


def test_what_an_ended_neighbour_waited_with_is_still_told():
    """The neighbour is forgotten in the same tick in which the group is due."""
    desk = Desk()
    short, long = (alert("MarkStale", "warning", symbol=symbol) for symbol in ("ES", "NQ"))
    desk.take(short)
    desk.take(long)
    desk.take(ended(short, desk.now))
    (told,) = desk.after(20 * MINUTE)
    assert [one.labels["symbol"] for one in told.alerts] == ["NQ"]


def test_nothing_keeps_itself_quiet():
    every = (Matcher("alertname", "=~", ".*"),)
    desk = Desk(inhibitions=(Inhibition(source=every, target=every),))
    assert kinds(desk.take(alert(account="A1"), alert(account="A2"))) == ["new", "new"]


def test_the_end_of_what_was_told_is_told_through_a_silence():
    desk = Desk()
    one = alert(account="A1")
    desk.take(one)
    with desk.acting() as book:
        book.silence(
            [Matcher("account", "=", "A1")], author="ada", reason="", now_ns=desk.now, duration=HOUR
        )
    assert kinds(desk.take(ended(one, desk.now))) == ["resolved"]


def test_a_page_that_was_told_and_is_silenced_then_is_not_escalated_before_the_silence_ends():
    desk = Desk()
    desk.take(alert(account="A1"))
    with desk.acting() as book:
        book.silence(
            [Matcher("account", "=", "A1")], author="ada", reason="", now_ns=desk.now, duration=HOUR
        )
    assert desk.after(HOUR - 1) == []
    assert kinds(desk.after(1)) == ["escalated"]


def test_what_was_told_of_a_group_is_over_when_the_rest_of_it_is_silenced():
    desk = Desk(group_interval=MINUTE)
    told, quiet = (alert("MarkStale", "warning", symbol=symbol) for symbol in ("ES", "NQ"))
    with desk.acting() as book:
        book.silence(
            [Matcher("symbol", "=", "NQ")], author="ada", reason="", now_ns=desk.now, duration=HOUR
        )
    desk.take(told, quiet)
    assert kinds(desk.after(10 * SECOND)) == ["new"]
    desk.take(ended(told, desk.now))
    assert kinds(desk.after(MINUTE)) == ["resolved"]
    assert kinds(desk.after(HOUR)) == ["new"]


def test_silences_are_bounded():
    desk = Desk(max_silences=1)
    matchers = [Matcher("account", "=", "A1")]
    with desk.acting() as book:
        book.silence(matchers, author="ada", reason="", now_ns=desk.now, duration=HOUR)
        with pytest.raises(CannotSilence):
            book.silence(matchers, author="ada", reason="", now_ns=desk.now, duration=HOUR)


def test_a_silence_of_which_one_matcher_fits_nearly_everything_is_no_silence_of_all():
    desk = Desk()
    with desk.acting() as book:
        matchers = parse_matchers('account=~".*", alertname="DailyLoss"')
        book.silence(matchers, author="ada", reason="", now_ns=desk.now, duration=HOUR)
    assert desk.take(alert(account="A1")) == []


@pytest.mark.parametrize("text", ["account=~.*", 'account=""', 'a=~"x?", b=""'])
def test_a_silence_that_fits_nearly_everything_is_refused(text):
    desk = Desk()
    with desk.acting() as book, pytest.raises(CannotSilence, match="also fits alerts that have no"):
        book.silence(parse_matchers(text), author="ada", reason="", now_ns=desk.now, duration=HOUR)


def test_an_engaged_kill_switch_explains_its_breakers():
    desk = Desk()
    switch = alert("KillSwitchEngaged", scope="desk", account="A1")
    told = desk.take(
        switch,
        alert("CircuitBreakerOpen", account="A1", breaker="loss"),
        alert("CircuitBreakerOpen", account="A2", breaker="loss"),
    )
    told_of = {(one.common_labels["alertname"], one.common_labels["account"]) for one in told}
    assert told_of == {("KillSwitchEngaged", "A1"), ("CircuitBreakerOpen", "A2")}
    after = desk.take(ended(switch, desk.now))
    told_of = {(one.kind, one.common_labels["alertname"]) for one in after}
    assert told_of == {("resolved", "KillSwitchEngaged"), ("new", "CircuitBreakerOpen")}


def test_an_engaged_kill_switch_explains_its_breakers_after_a_restart_too(tmp_path):
    path = tmp_path / "book.sqlite"
    desk = Desk(opened(path))
    switch = alert("KillSwitchEngaged", scope="desk", account="A1")
    desk.take(switch, alert("CircuitBreakerOpen", account="A1", breaker="loss"))
    desk.store.close()
    back = Desk(opened(path))
    assert back.after(SECOND) == []
    assert kinds(back.take(ended(switch, back.now))) == ["resolved", "new"]


def test_a_kill_switch_of_the_whole_desk_explains_every_breaker_and_no_reset():
    desk = Desk()
    told = desk.take(
        alert("KillSwitchEngaged", scope="desk"),
        alert("CircuitBreakerOpen", account="A1", breaker="loss"),
        alert("CircuitBreakerResetUnrecorded", account="A1", breaker="loss"),
    )
    assert {one.common_labels["alertname"] for one in told} == {
        "KillSwitchEngaged",
        "CircuitBreakerResetUnrecorded",
    }


@pytest.mark.parametrize(
    ("switch", "breaker"),
    [
        pytest.param({"scope": "binance"}, {"breaker": "loss"}, id="a venue's, and the desk's"),
        pytest.param(
            {"scope": "mm", "account": "A1"},
            {"breaker": "loss", "account": "A1", "strategy": "pairs"},
            id="a strategy's, and another strategy's",
        ),
    ],
)
def test_a_kill_switch_that_stops_less_than_an_account_explains_no_breaker(switch, breaker):
    told = Desk().take(alert("KillSwitchEngaged", **switch), alert("CircuitBreakerOpen", **breaker))
    assert {one.common_labels["alertname"] for one in told} == {
        "KillSwitchEngaged",
        "CircuitBreakerOpen",
    }


def test_while_the_journal_takes_nothing_in_nobody_is_blamed_for_silence():
    desk = Desk()
    journal, down = alert("JournalFailing"), alert("ServiceDown", service="oms")
    stale = [alert(name, venue="XNAS") for name in ("MarketDataStale", "OrdersUnacknowledged")]
    told = desk.take(journal, down, *stale, alert("DailyLossLimitBreached", account="A1"))
    told_of = {one.common_labels["alertname"] for one in told}
    assert told_of == {"JournalFailing", "DailyLossLimitBreached"}
    after = desk.take(ended(journal, desk.now), *(ended(one, desk.now) for one in stale))
    told_of = {(one.kind, one.common_labels["alertname"]) for one in after}
    assert told_of == {("resolved", "JournalFailing"), ("new", "ServiceDown")}


LIMIT = {"limit": "daily_loss", "account": "A1", "strategy": "mm", "currency": "USD"}


def heard(told):
    return [(one.kind, one.common_labels["alertname"]) for one in told]


def test_a_limit_is_told_of_by_its_worst_alert_alone():
    """The milder one is kept firing for a while, and its end would read as if all was well."""
    desk = Desk(group_wait=0, escalate_after=2 * HOUR)
    near, high = (
        alert("DailyLossNearLimit", "info", **LIMIT),
        alert("DailyLossHigh", "warning", **LIMIT),
    )
    breached = alert("DailyLossLimitBreached", **LIMIT)
    assert heard(desk.take(near)) == [("new", "DailyLossNearLimit")]
    assert heard(desk.take(high)) == [("new", "DailyLossHigh")]
    assert heard(desk.take(breached)) == [("new", "DailyLossLimitBreached")]
    assert desk.take(ended(near, desk.now), ended(high, desk.now)) == []
    assert desk.after(HOUR) == []
    assert set(heard(desk.take(ended(breached, desk.now)))) == {
        ("resolved", "DailyLossLimitBreached"),
        ("resolved", "DailyLossHigh"),
        ("resolved", "DailyLossNearLimit"),
    }


def test_a_use_that_comes_back_below_its_limit_is_told_of_when_the_breach_is_over():
    desk = Desk(group_wait=0)
    breached = alert("DailyLossLimitBreached", **LIMIT)
    desk.take(breached)
    assert desk.take(alert("DailyLossHigh", "warning", **LIMIT)) == []
    assert heard(desk.take(ended(breached, desk.now))) == [
        ("resolved", "DailyLossLimitBreached"),
        ("new", "DailyLossHigh"),
    ]


def test_so_it_is_where_people_knew_of_the_milder_alert_before_the_breach():
    desk = Desk(group_wait=0, group_interval=0)
    high = alert("DailyLossHigh", "warning", **LIMIT)
    breached = alert("DailyLossLimitBreached", **LIMIT)
    desk.take(high)
    desk.take(breached)
    assert desk.take(ended(high, desk.now)) == []
    desk.after(MINUTE)
    back = again(high, desk.now)
    assert desk.take(back) == []
    assert heard(desk.take(ended(breached, desk.now))) == [
        ("resolved", "DailyLossLimitBreached"),
        ("changed", "DailyLossHigh"),
    ]
    assert desk.after(MINUTE) == []
    assert heard(desk.take(ended(back, desk.now))) == [("resolved", "DailyLossHigh")]


def test_what_ends_for_good_while_it_is_kept_quiet_has_its_end_told():
    desk = Desk(group_wait=0, group_interval=0)
    high = alert("DailyLossHigh", "warning", **LIMIT)
    breached = alert("DailyLossLimitBreached", **LIMIT)
    desk.take(high)
    desk.take(breached)
    desk.take(ended(high, desk.now))
    desk.after(MINUTE)
    back = again(high, desk.now)
    desk.take(back)
    desk.take(ended(back, desk.now))
    assert heard(desk.take(ended(breached, desk.now))) == [
        ("resolved", "DailyLossLimitBreached"),
        ("resolved", "DailyLossHigh"),
    ]


@pytest.mark.parametrize(
    "other", [{"account": "A2"}, {"strategy": ""}, {"currency": "EUR"}, {"limit": "hourly_loss"}]
)
def test_a_breach_keeps_no_other_limit_quiet(other):
    desk = Desk(group_wait=0)
    desk.take(alert("DailyLossLimitBreached", **LIMIT))
    assert kinds(desk.take(alert("HourlyLossHigh", "warning", **(LIMIT | other)))) == ["new"]


@pytest.mark.parametrize(
    ("milder", "worse", "shared"),
    [
        ("HeartbeatMissed", "ServiceDown", {"service": "oms", "host": "fra-1"}),
        ("FeedStale", "MarketDataStale", {"service": "md", "venue": "XCME"}),
        ("RejectRatioHigh", "VenueRejectsEverything", {"venue": "XCME"}),
        ("DrillFailed", "DrillFailedRepeatedly", {"drill": "breaker"}),
        ("DiskNearlyFull", "DiskFull", {}),
        ("DiskFillsSoon", "DiskFull", {}),
    ],
)
def test_what_ends_because_it_has_become_worse_is_not_told_as_over(milder, worse, shared):
    desk = Desk(group_wait=0, escalate_after=2 * HOUR)
    mild, bad = alert(milder, "warning", **shared), alert(worse, **shared)
    assert heard(desk.take(mild)) == [("new", milder)]
    assert heard(desk.take(ended(mild, desk.now), bad)) == [("new", worse)]
    assert desk.after(HOUR) == []
    assert set(heard(desk.take(ended(bad, desk.now)))) == {
        ("resolved", milder),
        ("resolved", worse),
    }


def test_what_comes_and_goes_is_told_once_and_then_held():
    desk = Desk(escalate_after=100 * HOUR)
    one = alert(account="A1")
    told = []
    for _ in range(20):
        told += desk.take(again(one, desk.now))
        desk.now += 10 * SECOND
        told += desk.take(ended(one, desk.now))
        desk.now += 10 * SECOND
    assert kinds(told) == ["new", "resolved"] * 5 + ["flapping"]
    assert told[-1].notes == ["It comes and goes: held until it keeps still for 10 minutes."]
    (view,) = desk.book.alerts()
    assert (view.flapping, view.alert.state, view.alert.resolved_at) == (True, "firing", None)
    assert desk.after(9 * MINUTE) == []
    assert kinds(desk.after(MINUTE)) == ["resolved"]


def test_an_end_that_was_not_told_yet_is_told_however_long_we_were_away(tmp_path):
    path = tmp_path / "book.sqlite"
    desk = Desk(opened(path))
    one = alert("MarkStale", "warning")
    desk.take(one)
    assert kinds(desk.after(10 * SECOND)) == ["new"]
    assert desk.take(ended(one, desk.now)) == []
    desk.store.close()
    back = Desk(opened(path))
    back.now = desk.now
    assert kinds(back.after(HOUR)) == ["resolved"]


def test_what_comes_and_goes_slowly_is_told_each_time():
    desk = Desk(escalate_after=100 * HOUR)
    one = alert(account="A1")
    told = []
    for _ in range(20):
        told += desk.take(again(one, desk.now))
        told += desk.take(ended(one, desk.now))
        told += desk.after(2 * MINUTE)
    assert kinds(told) == ["new", "resolved"] * 20


def test_what_is_held_stays_held_until_it_has_kept_still():
    desk = Desk(escalate_after=100 * HOUR, flap_count=1)
    one = alert(account="A1")
    desk.take(one)
    desk.take(ended(one, desk.now))
    assert kinds(desk.take(again(one, desk.now))) == ["flapping"]
    for _ in range(3):
        assert desk.after(9 * MINUTE) == []
        assert desk.take(ended(one, desk.now)) == []
        assert desk.after(9 * MINUTE) == []
        assert desk.take(again(one, desk.now)) == []
    desk.take(ended(one, desk.now))
    assert kinds(desk.after(10 * MINUTE)) == ["resolved"]


def test_pages_are_told_in_the_order_in_which_they_fired():
    later, sooner = (alert(account=name, at=START - n) for n, name in enumerate(("A1", "A2")))
    told = Desk().take(later, sooner)
    assert [one.common_labels["account"] for one in told] == ["A2", "A1"]


def test_state_survives_a_restart(tmp_path):
    path = tmp_path / "book.sqlite"
    one, other = alert(account="A1"), alert(account="A2")
    desk = Desk(opened(path))
    (told, _) = desk.take(one, other)
    with desk.acting() as book:
        book.acknowledge(told.group_key, "ada", desk.now)
        book.silence(
            [Matcher("account", "=", "A3")], author="ada", reason="", now_ns=desk.now, duration=HOUR
        )
    desk.store.close()
    back = Desk(opened(path))
    back.now = desk.now + MINUTE
    assert back.take(one, other, alert(account="A3")) == []
    assert kinds(back.after(5 * MINUTE)) == ["escalated"]  # A2; A1 was acknowledged
    assert kinds(back.take(ended(one, back.now))) == ["resolved"]


def test_a_rule_that_is_gone_takes_its_alerts_with_it():
    desk = Desk()
    one, other = alert(account="A1"), alert(account="A2")
    desk.take(one, other)
    with desk.acting() as book:
        book.retain(frozenset({one.fingerprint}), desk.now)
    (told,) = desk.after(1)
    assert (told.kind, told.common_labels["account"]) == ("resolved", "A2")


def test_what_has_ended_and_may_fire_again_is_no_news_until_it_does():
    desk = Desk()
    one = alert(account="A1")
    desk.take(one)
    assert kinds(desk.take(ended(one, desk.now))) == ["resolved"]
    desk.now += SECOND
    assert desk.take(replace(one, state="pending", active_at=desk.now, fired_at=None)) == []
    assert kinds(desk.take(again(one, desk.now))) == ["new"]
    assert len(desk.book.history.episodes(9)) == 2


def test_what_no_rule_has_found_ends_with_no_rule():
    desk = Desk()
    blind = replace(alert("StackBlind"), generator=OWN_GENERATOR)
    desk.take(blind, alert(account="A1"))
    with desk.acting() as book:
        book.retain(frozenset(), desk.now)
    assert [one.common_labels["alertname"] for one in desk.after(1)] == ["DailyLoss"]


def test_a_repeat_after_a_restart_waits_for_the_rules_to_say_how_it_stands(tmp_path):
    path = tmp_path / "book.sqlite"
    desk = Desk(opened(path), escalate_after=100 * HOUR)
    one = alert(account="A1")
    desk.take(one)
    desk.store.close()
    back = Desk(opened(path), escalate_after=100 * HOUR)
    back.now = desk.now + 5 * HOUR
    assert back.after(0) == [], "the text is that of when it fired"
    grown = replace(one, annotations={"summary": "A1 lost 99,999 USD today."})
    (told,) = back.take(grown)
    assert (told.kind, told.alerts[0].annotations["summary"]) == (
        "repeat",
        "A1 lost 99,999 USD today.",
    )
    assert told.notes == []


def test_a_repeat_of_which_the_rules_say_nothing_is_told_all_the_same_and_says_so(tmp_path):
    path = tmp_path / "book.sqlite"
    desk = Desk(opened(path))
    desk.take(alert(account="A1"))
    desk.store.close()
    back = Desk(opened(path))
    back.now = desk.now + 5 * HOUR
    before = "Its figures are from before deskwatch was started."
    (escalated,) = back.after(0)
    assert escalated.notes == ["Nobody has acknowledged this for 5 minutes.", before]
    assert back.after(MINUTE - 1) == []
    (repeated,) = back.after(1)
    assert (repeated.kind, repeated.notes) == ("repeat", [before])


def test_what_alertmanager_repeats_after_a_restart_waits_for_nothing(tmp_path):
    path = tmp_path / "book.sqlite"
    stale = [alert("MarkStale", "warning", symbol=symbol) for symbol in ("ES", "NQ")]
    given = own_group(stale[0].labels, BookSettings().group_by)
    desk = Desk(opened(path), relayed=True, group_wait=0)
    with desk.acting() as book:
        book.take(given, stale, desk.now)
        assert kinds(book.tick(desk.now)) == ["new"]
    desk.store.close()
    back = Desk(opened(path), relayed=True, group_wait=0)
    back.now = desk.now + 5 * HOUR
    with back.acting() as book:
        book.take(given, stale[:1], back.now)
        assert kinds(book.tick(back.now)) == ["repeat"]


def test_a_repeat_tells_the_newest_figure():
    desk = Desk(escalate_after=100 * HOUR)
    one = alert(account="A1")
    desk.take(one)
    worse = replace(one, value=54321.0, annotations={"summary": "A1 lost 54,321 USD today."})
    assert desk.take(worse) == []
    (told,) = desk.after(4 * HOUR)
    assert (told.kind, told.alerts) == ("repeat", [worse])


def test_the_watchdog_is_not_news():
    assert Desk().take(alert("Watchdog", "page")) == []


def test_alerts_are_bounded_and_pages_have_room_of_their_own():
    desk = Desk(max_alerts=2)
    desk.take(*(alert("MarkStale", "warning", symbol=f"S{n}") for n in range(5)))
    assert desk.book.overflowed == 3
    assert len(desk.take(alert(account="A1"), alert(account="A2"))) == 2


def test_what_is_over_takes_no_room_after_a_restart(tmp_path):
    path = tmp_path / "book.sqlite"
    desk = Desk(opened(path), max_alerts=1)
    over = alert("MarkStale", "warning")
    desk.take(over)
    desk.take(ended(over, desk.now))
    assert desk.after(10 * MINUTE) == []
    desk.store.close()
    back = Desk(opened(path), max_alerts=1)
    back.now = desk.now
    back.take(alert("FeedStale", "warning", at=back.now))
    assert kinds(back.after(10 * SECOND)) == ["new"]
    assert back.book.overflowed == 0


def test_that_there_is_no_room_is_told_where_pages_have_none_left_either():
    desk = Desk(max_alerts=2)
    desk.take(*(alert(account=f"A{n}") for n in range(6)))
    assert desk.book.overflowed == 2
    (told,) = desk.take(alert("AlertsOverflowed"))
    assert told.common_labels["alertname"] == "AlertsOverflowed"
    desk.take(alert("AlertsOverflowed", account="A1"))  # a rule of somebody's own, without end
    assert desk.book.overflowed == 3


# Laws

symbols = st.sampled_from(["ES", "NQ", "CL"])
severities = st.sampled_from(["page", "warning", "info"])
names = st.sampled_from(["MarkStale", "FeedStale", "DailyLoss"])
moves = st.lists(
    st.tuples(names, severities, symbols, st.booleans(), st.integers(0, 400 * SECOND)), max_size=40
)


@given(moves, st.integers(0, 40))
def test_what_people_were_told_last_is_what_is_so_in_the_end(blotter, restart_at):
    """Through any moves and a restart: nothing is lost, nothing is told of what never fired."""
    desk = Desk(escalate_after=1000 * HOUR, repeat_interval=1000 * HOUR)
    firing, believed, groups = {}, {}, {}

    def hear(told):
        for one in told:
            for heard in one.alerts:
                assert groups.setdefault(heard.fingerprint, one.group_key) == one.group_key
                believed[heard.fingerprint] = heard.state

    for place, (name, severity, symbol, fires, pause) in enumerate(blotter):
        one = alert(name, severity, symbol=symbol, at=desk.now)
        if fires and one.fingerprint not in firing:
            firing[one.fingerprint] = one
            hear(desk.take(one))
        elif not fires and one.fingerprint in firing:
            hear(desk.take(ended(firing.pop(one.fingerprint), desk.now)))
        if place == restart_at:
            later = Desk(desk.store, escalate_after=1000 * HOUR, repeat_interval=1000 * HOUR)
            later.now, desk = desk.now, later
        hear(desk.after(pause))
    hear(desk.after(20 * MINUTE))
    hear(desk.after(20 * MINUTE))
    assert {f for f, state in believed.items() if state == "firing"} == set(firing)


@given(moves)
def test_a_group_holds_what_shares_its_labels_and_a_page_stands_alone(blotter):
    desk = Desk(group_wait=0)
    alerts = {
        one.fingerprint: one
        for one in (alert(name, severity, symbol=symbol) for name, severity, symbol, *_ in blotter)
    }
    told = desk.take(*alerts.values())
    counted = sum(sum(one.firing.values()) for one in told)
    assert counted == len(alerts)
    for one in told:
        assert all(one.group_labels.items() <= two.labels.items() for two in one.alerts)
        assert (one.severity == "page") <= (len(one.alerts) == 1)
    assert [one.severity for one in told] == sorted(
        (one.severity for one in told), key=lambda severity: severity != "page"
    )
