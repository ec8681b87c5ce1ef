"""What fired and what people did, as it is looked up afterwards."""

from deskwatch.notify.history import Deed, Episode, History
from deskwatch.notify.store import Store
from tests.notify.desk import MINUTE, SECOND, START, alert

ONE = alert(account="A1")


def history(most: int = 100) -> History:
    return History(Store(), most)


def test_an_episode_has_the_times_of_its_event_of_its_alert_of_its_message_and_of_its_end():
    kept = history()
    kept.fired(ONE, "g1", START)
    kept.asked([ONE.fingerprint], START + 1)
    kept.told(["g1"], START + 1, START + SECOND)
    kept.resolved(ONE.fingerprint, START + MINUTE)
    (episode,) = kept.episodes(9)
    assert episode == Episode(
        fingerprint=ONE.fingerprint,
        group_key="g1",
        labels=ONE.labels,
        summary="A1 lost 12,345 USD today, limit 10,000 USD.",
        event_time=START - SECOND,
        alert_time=START,
        notify_time=START + SECOND,
        resolved_at=START + MINUTE,
    )


def test_a_message_tells_only_of_what_it_was_made_of():
    kept = history()
    other = alert(account="A2")
    for one in (ONE, other):
        kept.fired(one, "g1", START)
    kept.asked([ONE.fingerprint], START + 1)
    kept.asked([other.fingerprint], START + 3)
    kept.told(["g1"], START + 2, START + SECOND)
    assert [one.notify_time for one in kept.episodes(9)] == [None, START + SECOND]


def test_what_fires_again_is_an_episode_of_its_own():
    kept = history()
    kept.fired(ONE, "g1", START)
    kept.resolved(ONE.fingerprint, START + 1)
    kept.fired(ONE, "g1", START + MINUTE)
    kept.asked([ONE.fingerprint], START + MINUTE)
    kept.resolved(ONE.fingerprint, START + MINUTE + 1)
    kept.told(["g1"], START + MINUTE, START + MINUTE + 2)
    ends = [(one.notify_time, one.resolved_at) for one in kept.episodes(9)]
    assert ends == [(START + MINUTE + 2, START + MINUTE + 1), (None, START + 1)]


def test_as_much_is_kept_as_there_is_room_for_the_newest_first():
    kept = history(most=2)
    for number in range(4):
        kept.fired(ONE, f"g{number}", START + number)
        kept.add_deed(START + number, "ada", "silence", f"{number}")
    assert [one.group_key for one in kept.episodes(9)] == ["g3", "g2"]
    assert kept.deeds(9) == [
        Deed(at=START + number, actor="ada", what="silence", object=f"{number}")
        for number in (3, 2)
    ]
    assert len(kept.episodes(1)) == len(kept.deeds(1)) == 1
