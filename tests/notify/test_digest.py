"""Many notifications in one: what it says is so."""

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.notification import MAX_LISTED
from deskwatch.notify.digest import fold
from deskwatch.notify.grouping import group_key, group_labels, notification
from tests.notify.desk import START, alert, ended

names = st.sampled_from(["DailyLoss", "MarkStale", "FeedStale"])
severities = st.sampled_from(["page", "warning"])
states = st.lists(
    st.tuples(names, severities, st.integers(0, 60), st.booleans()), min_size=1, max_size=120
)


def told(sequence, name, severity, number, over):
    one = alert(name, severity, symbol=f"S{number}")
    labels = group_labels(one.labels, ("alertname", "severity", "symbol"))
    return notification(
        [ended(one, START + 1) if over else one],
        key=group_key(labels, paged=severity == "page"),
        labels=labels,
        kind="resolved" if over else "new",
        receiver="telegram",
        sequence=sequence,
        now_ns=START,
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
