from hypothesis import given
from hypothesis import strategies as st

from deskwatch.sdk.entry_queue import EntryQueue
from deskwatch.sdk.outbox import Barrier, Entry, Outbox


def entry(dropped: int) -> Entry:
    return Entry(dropped, "mark", 0, {}, ())


def taken(outbox: Outbox) -> Entry:
    item = outbox.queue.take()
    assert isinstance(item, Entry)
    return item


@given(st.lists(st.sampled_from(["put", "drop", "take"])))
def test_each_call_takes_a_number_and_a_drop_leaves_a_hole(calls):
    outbox = Outbox()
    expected, sequences, call = [], [], 0
    for step in calls:
        if step == "take":
            if outbox.queue:
                sequences.append(outbox.number(taken(outbox)))
            continue
        call += 1
        if step == "drop":
            outbox.drop()
        else:
            outbox.queue.put(entry(outbox.dropped))
            expected.append(call)
    while outbox.queue:
        sequences.append(outbox.number(taken(outbox)))
    assert sequences == expected


def test_threads_that_put_in_the_other_order_get_no_number_twice():
    outbox = Outbox()
    late = entry(outbox.dropped)  # read before the drop, put after the next entry
    outbox.drop()
    early = entry(outbox.dropped)
    assert [outbox.number(early), outbox.number(late)] == [2, 3]


def test_reasons_are_bounded():
    outbox = Outbox()
    for number in range(1_000):
        outbox.refuse(f"reason {number}")
    stats = outbox.stats()
    assert stats.refused == 1_000
    assert len(stats.refusals) <= 65
    assert stats.refusals["other"] > 900


class TakenBesides(EntryQueue[Entry | Barrier]):
    """A queue out of which the sender takes two, and gives them up, while it is emptied."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self.outbox = outbox

    def take_now(self) -> Entry | Barrier | None:
        if self.outbox.lost == 0:
            for _ in range(2):
                super().take_now()
            self.outbox.in_hand = 2
            self.outbox.lose(2)
        return super().take_now()


def test_what_the_sender_gives_up_at_the_end_is_undelivered_too():
    outbox = Outbox()
    outbox.queue = TakenBesides(outbox)
    for _ in range(5):
        outbox.queue.put(entry(0))
    assert outbox.finish_close(Barrier(last=True), timeout_s=0.0) == 5
    assert outbox.stats().dropped == 5


def test_what_is_discarded_is_counted():
    outbox = Outbox()
    for _ in range(3):
        outbox.queue.put(entry(0))
    outbox.discard()
    assert outbox.stats().dropped == 3
    assert outbox.stats().queued == 0
