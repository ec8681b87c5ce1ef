"""Many notifications in one: what it says is so."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.notification import MAX_LISTED, severity_rank
from deskwatch.notify.digest import fold
from deskwatch.notify.grouping import group_key, group_labels, notification
from tests.notify.desk import SECOND, START, alert, ended

names = st.sampled_from(["DailyLoss", "MarkStale", "FeedStale"])
severities = st.sampled_from(["page", "warning", "info"])
states = st.lists(
    st.tuples(names, severities, st.integers(0, 60), st.booleans()), min_size=1, max_size=120
)


def told(sequence, name, severity, number, over):
    one = alert(name, severity, symbol=f"S{number}", at=START - number * SECOND)
    labels = group_labels(one.labels, ("alertname", "severity", "symbol"))
    return notification(
        [ended(one, START + 1) if over else one],
        key=group_key(labels, paged=severity == "page"),
        labels=labels,
        kind="resolved" if over else "new",
        receiver="telegram",
        sequence=sequence,
        now_ns=START,
        notes=[f"Note {n % 9}." for n in range(number, number + sequence % 4)],
    )


@given(states)
def test_a_digest_counts_what_each_group_said_last(said):
    notifications = [told(n, *one) for n, one in enumerate(said)]
    latest = {one.group_key: one for one in notifications}
    digest = fold(notifications, now_ns=START)
    assert sum(digest.firing.values()) == sum(sum(n.firing.values()) for n in latest.values())
    assert digest.resolved == sum(one.resolved for one in latest.values())
    assert sorted(digest.groups) == sorted(latest)
    assert digest.sequence == 0
    assert len(digest.alerts) <= MAX_LISTED


@given(states)
def test_a_digest_is_as_bad_as_the_worst_that_fires_and_as_old_as_the_oldest_that_does(said):
    notifications = [told(n, *one) for n, one in enumerate(said)]
    digest = fold(notifications, now_ns=START)
    latest = {one.group_key: one for one in notifications}.values()
    counted = [one for one in latest if one.firing] or latest
    assert digest.first_at == min(one.first_at for one in counted)
    assert digest.status == ("firing" if digest.firing else "resolved")
    severities = digest.firing or {one.severity for one in notifications}
    assert digest.severity == min(severities, key=severity_rank)


@given(states)
def test_a_digest_passes_on_what_its_messages_had_to_say(said):
    notifications = [told(n, *one) for n, one in enumerate(said)]
    notes = dict.fromkeys(chain.from_iterable(one.notes for one in notifications))
    assert fold(notifications, now_ns=START).notes == list(notes)[:5]


@given(states)
def test_the_worst_come_first_and_what_all_share_is_named(said):
    notifications = [told(n, *one) for n, one in enumerate(said)]
    digest = fold(notifications, now_ns=START)
    ranks = [(one.state == "resolved", one.labels["severity"] != "page") for one in digest.alerts]
    assert ranks == sorted(ranks)
    for name, value in digest.common_labels.items():
        assert all(one.common_labels[name] == value for one in notifications)
    if len({name for name, *_ in said}) == 1:
        assert digest.common_labels["alertname"] == said[0][0]


@given(states, st.integers(1, 119))
def test_a_digest_of_digests_loses_no_count_and_no_group(said, cut):
    notifications = [told(n, *one) for n, one in enumerate(said)]
    parts = [part for part in (notifications[:cut], notifications[cut:]) if part]
    folded = [fold(part, now_ns=START) for part in parts]
    whole = fold(folded, now_ns=START)
    assert set(whole.groups) == {one.group_key for one in notifications}
    assert whole.resolved == sum(one.resolved for one in folded)
    assert sum(whole.firing.values()) == sum(sum(one.firing.values()) for one in folded)


def test_a_page_before_a_flood_of_warnings_is_what_the_digest_begins_with():
    flood = [told(n, "MarkStale", "warning", n, False) for n in range(1, 500)]
    digest = fold([told(0, "DailyLoss", "page", 0, False), *flood], now_ns=START)
    assert digest.alerts[0].name == "DailyLoss"
    assert digest.firing == {"page": 1, "warning": 499}
    assert len(digest.alerts) == MAX_LISTED


@pytest.fixture
def three_groups_named(monkeypatch):
    monkeypatch.setattr("deskwatch.notify.digest.MAX_GROUPS", 3)


@pytest.mark.usefixtures("three_groups_named")
def test_what_a_digest_has_no_room_to_name_is_counted_all_the_same():
    fired = [told(n, "MarkStale", "warning", n, False) for n in range(5)]
    over = [told(n, "MarkStale", "warning", n, True) for n in range(2)]
    digest = fold([*fired, *over], now_ns=START)
    assert digest.groups == [one.group_key for one in fired[:3]]
    assert (digest.firing, digest.resolved) == ({"warning": 3}, 2)
    whole = fold([told(9, "MarkStale", "warning", 9, False), digest], now_ns=START)
    assert (len(whole.groups), whole.firing, whole.resolved) == (3, {"warning": 4}, 2)
