import threading

from deskwatch.sdk.entry_queue import EntryQueue

THREADS, EACH = 4, 2_000


def test_what_threads_put_is_taken_once_and_in_each_thread_s_order():
    queue: EntryQueue[tuple[int, int]] = EntryQueue()

    def put(thread: int) -> None:
        for number in range(EACH):
            queue.put((thread, number))

    threads = [threading.Thread(target=put, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    taken = [queue.take() for _ in range(THREADS * EACH)]
    for thread in threads:
        thread.join()
    assert not queue
    for which in range(THREADS):
        assert [number for thread, number in taken if thread == which] == list(range(EACH))


def test_who_waits_is_woken_by_each_put_and_by_no_earlier_one():
    queue: EntryQueue[int] = EntryQueue()
    answers: EntryQueue[int] = EntryQueue()

    def answer() -> None:
        while (number := queue.take()) >= 0:
            answers.put(number)

    thread = threading.Thread(target=answer)
    thread.start()
    for number in range(EACH):
        queue.put(number)
        assert answers.take() == number
    queue.put(-1)
    thread.join()
    assert not queue
    assert not answers


def test_an_empty_queue_has_nothing_now():
    queue: EntryQueue[int] = EntryQueue()
    assert queue.take_now() is None
    queue.put(7)
    assert len(queue) == 1
    assert queue.take_now() == 7
