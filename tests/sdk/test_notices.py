import logging

import pytest

from deskwatch.sdk.notices import Notices


class Hand:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_topic_is_said_once_a_minute_with_a_count_of_the_rest(caplog):
    clock = Hand()
    notices = Notices(clock)
    for _ in range(100):
        notices.say(logging.WARNING, "fill wrong_type", "refused a fill")
    notices.say(logging.WARNING, "mark wrong_type", "refused a mark")
    clock.now = 61.0
    notices.say(logging.WARNING, "fill wrong_type", "refused a fill")
    assert caplog.messages == [
        "refused a fill",
        "refused a mark",
        "refused a fill (99 more like this)",
    ]


def test_topics_are_bounded(caplog):
    clock = Hand()
    notices = Notices(clock)
    for number in range(10_000):
        notices.say(logging.WARNING, f"topic {number}", "text")
    assert len(caplog.messages) < 300
    clock.now = 61.0
    caplog.clear()
    for number in (0, 1, 9_998, 9_999):
        notices.say(logging.WARNING, f"topic {number}", f"text {number}")
    assert [one.partition(" (")[0] for one in caplog.messages] == ["text 0", "text 1", "text 9998"]


@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
def test_a_programs_own_filter_may_raise_or_exit(error):
    def broken(record: logging.LogRecord) -> bool:
        raise error

    log = logging.getLogger("deskwatch.sdk")
    log.addFilter(broken)
    try:
        Notices(Hand()).say(logging.WARNING, "topic", "text")
    finally:
        log.removeFilter(broken)
