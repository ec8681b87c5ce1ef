import logging
import math
import multiprocessing
import os
import queue
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

import deskwatch.sdk
from deskwatch.sdk.encoding import KINDS
from deskwatch.sdk.events import Events
from tests.sdk.engine import QUICK, Do, Engine, refuse, until

SECOND = 10**9
HANG = Do(keep=False, answer="hang")


def fill(desk: deskwatch.sdk.Desk, exec_id: str = "E1") -> None:
    desk.fill(
        account="A1",
        strategy="mm",
        venue="XNAS",
        symbol="AAPL",
        side="buy",
        quantity=Decimal(100),
        price="189.32",
        exec_id=exec_id,
        fee=0.35,
    )


def a_sender_runs() -> bool:
    return any(thread.name == "deskwatch-sdk" for thread in threading.enumerate())


def run_program(
    source: str, url: str, imports: str = "os, sys, deskwatch.sdk"
) -> subprocess.CompletedProcess[str]:
    """Run a trading program of its own, and return how it ended."""
    program = f"import {imports}\n" + textwrap.dedent(source)
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "DESKWATCH_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_fill_arrives_as_it_was_said(engine, connect):
    desk = connect()
    fill(desk)
    assert desk.flush()
    (event,) = engine.events
    assert event.pop("event_time") > event.pop("epoch") > 1_700_000_000 * 10**9
    assert event == {
        "kind": "fill",
        "version": 1,
        "source": "test",
        "sequence": 1,
        "account": "A1",
        "strategy": "mm",
        "venue": "XNAS",
        "symbol": "AAPL",
        "side": "buy",
        "quantity": "100",
        "price": "189.32",
        "exec_id": "E1",
        "fee": "0.35",
    }


def test_there_is_a_method_for_every_kind():
    methods = {name for name in vars(Events) if not name.startswith("_")}
    assert methods == {*KINDS, "timed_api_request"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_method_says_its_own_kind(kind):
    said = []

    class Desk(Events):
        def _hand_in(self, *call: object) -> None:
            said.append(call)

    getattr(Desk(), kind)("USD", account="A1")
    assert said == [(kind, ("USD",), {"account": "A1"})]


def test_a_timed_request_is_an_event(engine, connect):
    desk = connect()
    with desk.timed_api_request(venue="BINANCE", operation="create_order") as request:
        request.status = 200
    assert desk.flush()
    (event,) = engine.events
    assert (event["kind"], event["operation"], event["status"]) == (
        "api_request",
        "create_order",
        "200",
    )


JUNK = st.one_of(st.none(), st.booleans(), st.floats(), st.binary(), st.text(), st.lists(st.none()))


@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(JUNK, max_size=2),
    st.dictionaries(st.sampled_from(["account", "price", "side", "x", "event_time", "self"]), JUNK),
)
def test_no_call_raises(kind, positional, named):
    with deskwatch.sdk.connect("no address", settings=QUICK) as desk:
        assert getattr(desk, kind)(*positional, **named) is None


def test_bad_calls_are_counted_and_logged_once_and_the_rest_arrives(engine, connect, caplog):
    desk = connect()
    for _ in range(50):
        desk.mark(venue="XNAS", symbol="AAPL", price=float("nan"))
    desk.mark(venue="XNAS", symbol="AAPL", price="1", pirce="2")
    desk.mark("XNAS", "AAPL", "1")
    desk.timed_api_request("XNAS").__exit__(None, None, None)
    desk.mark(self=1, venue="XNAS", symbol="AAPL", price="1")  # as of **locals()
    fill(desk)
    assert desk.flush()
    assert desk.stats.refusals == {"not_a_decimal": 50, "unknown_field": 4}
    assert (desk.stats.refused, desk.stats.queued) == (54, 0)
    assert caplog.text.count("refused a call of mark(): not_a_decimal") == 1
    assert caplog.text.count("refused a call of mark(): unknown_field: 'pirce'") == 1
    assert engine.sequences == [55]  # the engine sees that 54 are missing


def test_calls_return_and_memory_is_bounded_while_the_engine_hangs(engine, connect):
    engine.script(HANG)
    desk = connect(QUICK._replace(max_queued=1_000, batch_events=100))
    fill(desk)
    until(lambda: len(engine.requests) == 1)
    for _ in range(5_000):
        fill(desk)
    stats = desk.stats
    assert stats.queued == 1_001  # one is in the hands of the sender
    assert stats.dropped == 4_000
    assert not desk.flush(timeout=0.01)
    engine.stop()
    engine.start()
    assert desk.flush(timeout=20)
    fill(desk)
    assert desk.flush(timeout=20)
    assert engine.sequences == [*range(1, 1_002), 5_002]  # and the hole is what was dropped
    assert desk.stats.acknowledged == 1_002


def overfull(engine: Engine, connect: Callable[..., deskwatch.sdk.Desk]) -> deskwatch.sdk.Desk:
    """Return a desk with one event in a request that hangs, ten that wait, and five too many."""
    engine.script(HANG)
    desk = connect(QUICK._replace(max_queued=10))
    fill(desk)
    until(lambda: len(engine.requests) == 1)
    for _ in range(15):
        fill(desk)
    return desk


def test_drops_are_logged(engine, connect, caplog):
    desk = overfull(engine, connect)
    engine.stop()
    engine.start()
    assert desk.flush(timeout=20)
    assert "the queue was full, events dropped so far: 5" in caplog.text


def overflow_twice(engine: Engine, desk: deskwatch.sdk.Desk) -> None:
    """Have five events find no room, which is logged, and then twenty within the same minute."""
    for too_many in (5, 20):
        posted = len(engine.requests)
        engine.script(HANG)
        fill(desk)
        until(partial(engine.was_asked, posted + 1))
        for _ in range(10 + too_many):
            fill(desk)
        engine.stop()
        engine.start()
        assert desk.flush(timeout=20)


def test_drops_after_the_first_that_were_logged_are_told_when_a_minute_is_over(
    engine, connect, caplog, monkeypatch
):
    desk = connect(QUICK._replace(max_queued=10))
    overflow_twice(engine, desk)
    fill(desk)
    assert desk.flush()
    told = [message for message in caplog.messages if "dropped so far" in message]
    assert told == ["the queue was full, events dropped so far: 5"]
    monkeypatch.setattr("deskwatch.sdk.notices._EVERY_S", 0.0)
    fill(desk)
    assert desk.flush()
    assert caplog.messages[-1] == "the queue was full, events dropped so far: 25"
    assert desk.close()
    assert caplog.messages[-1] == "the queue was full, events dropped so far: 25"
    assert len([message for message in caplog.messages if "dropped so far" in message]) == 2


def test_the_close_tells_of_all_drops(engine, connect, caplog):
    desk = connect(QUICK._replace(max_queued=10))
    overflow_twice(engine, desk)
    assert desk.close()
    assert caplog.messages[-1] == "the queue was full, events dropped so far: 25"


def test_the_close_tells_of_drops_also_while_the_engine_hangs(engine, connect, caplog):
    desk = overfull(engine, connect)
    assert not desk.close(timeout=0.0)
    assert "closed; events undelivered: 11 (no answer in time)" in caplog.messages
    assert caplog.messages[-1] == "the queue was full, events dropped so far: 5"


def test_threads_share_a_desk(engine, connect):
    desk = connect()

    def trade(name: str) -> None:
        for number in range(500):
            fill(desk, exec_id=f"{name}-{number}")

    threads = [threading.Thread(target=trade, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.flush(timeout=20)
    assert engine.sequences == list(range(1, 4_001))
    assert len({event["exec_id"] for event in engine.events}) == 4_000
    for name in range(8):
        own = [e["exec_id"] for e in engine.events if str(e["exec_id"]).startswith(f"{name}-")]
        assert own == [f"{name}-{number}" for number in range(500)]


def test_calls_are_all_accounted_for_whatever_fails(engine, connect):
    engine.script(refuse(503), HANG)
    desk = connect(QUICK._replace(max_queued=50, batch_events=10))

    def trade() -> None:
        for _ in range(200):
            fill(desk)

    threads = [threading.Thread(target=trade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.mark(venue="XNAS")
    engine.stop()
    engine.start()
    assert desk.flush(timeout=60)
    stats = desk.stats
    assert stats.acknowledged + stats.dropped + stats.refused == 801
    assert stats.acknowledged == len(engine.events)
    assert engine.sequences == sorted(engine.sequences)


def test_a_closed_desk_drops_and_counts(engine, connect):
    desk = connect()
    fill(desk)
    assert desk.close()
    fill(desk)
    assert desk.close()
    assert desk.flush()
    assert desk.stats.dropped == 1
    assert engine.sequences == [1]
    until(lambda: not a_sender_runs())


@pytest.mark.parametrize("timeout", [math.inf, 1e12, 10**400])
def test_no_wait_is_too_long_to_be_asked_for(engine, connect, timeout):
    desk = connect()
    fill(desk)
    assert desk.flush(timeout)
    fill(desk)
    assert desk.close(timeout)
    assert len(engine.events) == 2


@pytest.mark.parametrize("timeout", [-1, math.nan, 0])
def test_who_has_no_time_left_does_not_wait(engine, connect, timeout):
    engine.script(HANG)
    desk = connect()
    fill(desk)
    assert not desk.flush(timeout)
    assert not desk.close(timeout)


@pytest.mark.parametrize("timeout", [None, "5"])
def test_what_is_no_timeout_is_logged_and_waited_for_as_usual(engine, connect, caplog, timeout):
    desk = connect()
    fill(desk)
    assert desk.flush(timeout)
    found = type(timeout).__name__
    assert f"timeout: found {found}; expected seconds; waiting 5 s at most" in caplog.messages
    assert desk.close(timeout)


def test_leaving_the_context_delivers(engine):
    with deskwatch.sdk.connect(engine.url, settings=QUICK) as desk:
        fill(desk)
    assert engine.sequences == [1]


def test_closing_gives_up_in_time_and_says_so(engine, connect, caplog):
    engine.script(HANG)
    desk = connect(QUICK._replace(batch_events=10))
    for _ in range(100):
        fill(desk)
    until(lambda: len(engine.requests) == 1)
    assert not desk.close(timeout=0.01)
    assert not desk.close(), "closing it again delivers nothing"
    assert "closed; events undelivered: 100 (" in caplog.text
    engine.stop()
    until(lambda: desk.stats.queued == 0)
    assert desk.stats.dropped == 100


def test_an_address_that_is_none_is_logged_and_every_event_counted(caplog):
    with deskwatch.sdk.connect("127.0.0.1:8080") as desk:
        fill(desk)
        assert desk.stats.dropped == 1
        assert desk.stats.last_error.startswith("BadAddress: ")
    assert "no events will be sent" in caplog.text


def test_a_log_that_is_configured_after_the_import_hears_of_what_is_lost():
    ended = run_program(
        """
        import logging.config
        handlers = {"stderr": {"class": "logging.StreamHandler"}}
        root = {"handlers": ["stderr"], "level": "WARNING"}
        logging.config.dictConfig({"version": 1, "handlers": handlers, "root": root})
        deskwatch.sdk.connect().heartbeat(service="bot")
        """,
        "no address",
    )
    assert ended.stderr.startswith("no events will be sent: BadAddress: ")


class Raises:
    def __bool__(self) -> bool:
        raise ZeroDivisionError

    def __fspath__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize("option", ["url", "token", "token_file", "settings", "source"])
@pytest.mark.parametrize(
    "value", [b"x", 10**5000, [], Raises()], ids=["bytes", "int", "list", "raises"]
)
def test_whatever_is_passed_to_connect_nothing_raises(option, value, dead_url, monkeypatch):
    monkeypatch.setenv("DESKWATCH_URL", dead_url)
    options = {"settings": QUICK._replace(exit_timeout_s=0.0)}
    desk = deskwatch.sdk.connect(**{**options, option: value})
    fill(desk)
    fill(desk)
    desk.close(timeout=0.0)
    until(lambda: not a_sender_runs())
    assert desk.stats.dropped + desk.stats.refused == 2


def test_a_log_that_raises_is_no_reason_to_raise():
    def broken(record: logging.LogRecord) -> bool:
        raise ZeroDivisionError

    log = logging.getLogger("deskwatch.sdk")
    log.addFilter(broken)
    try:
        assert deskwatch.sdk.connect("no address").stats.last_error
    finally:
        log.removeFilter(broken)


def test_a_key_log_that_cannot_be_written_is_waited_for(engine, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "none" / "keys"))
    url = engine.url.replace("http:", "https:")
    desk = deskwatch.sdk.connect(url, settings=QUICK)
    fill(desk)
    fill(desk)
    until(lambda: "FileNotFoundError" in desk.stats.last_error)
    assert desk.stats.queued == 2
    assert not desk.close(timeout=0.0)
    until(lambda: not a_sender_runs())
    assert "events wait for the engine: unreachable: FileNotFoundError" in caplog.text
    assert "closed; events undelivered: 2 (unreachable: FileNotFoundError" in caplog.text


def test_no_thread_runs_before_the_first_event(connect):
    desk = connect()
    assert not a_sender_runs()
    assert desk.flush()


def test_what_gevent_patches_after_connect_is_what_the_sender_waits_on(connect, monkeypatch):
    waits = []

    class Patched(queue.SimpleQueue):
        def get(self, *args, **named):
            waits.append((threading.current_thread().name, "queue"))
            return super().get(*args, **named)

    class PatchedEvent(threading.Event):
        def wait(self, *args, **named):
            waits.append((threading.current_thread().name, "event"))
            return super().wait(*args, **named)

    desk = connect()
    with monkeypatch.context() as patch:
        patch.setattr(queue, "SimpleQueue", Patched)
        patch.setattr(threading, "Event", PatchedEvent)
        fill(desk)
        assert desk.flush()
    assert {("deskwatch-sdk", "queue"), ("deskwatch-sdk", "event")} <= set(waits)
    assert desk.stats.acknowledged == 1


def test_no_thread_to_be_had_is_a_drop_and_said_to_be_that(connect, monkeypatch, caplog):
    def no_thread(self: threading.Thread) -> None:
        fill(desk)  # as a signal handler might, or another thread
        raise RuntimeError("can't start new thread")

    desk = connect()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        fill(desk)
        assert (desk.stats.dropped, desk.stats.queued) == (2, 0)
    fill(desk)
    assert desk.flush()
    assert desk.stats.acknowledged == 1
    why = "no sender: RuntimeError: can't start new thread"
    assert caplog.messages == [f"{why}; events dropped so far: 2"]


def test_a_queue_of_no_room_has_one_sender_and_drops_everything(connect, monkeypatch, caplog):
    started = []
    start = threading.Thread.start
    monkeypatch.setattr(
        threading.Thread, "start", lambda self: (started.append(self.name), start(self))
    )
    desk = connect(QUICK._replace(max_queued=0))
    for _ in range(3):
        fill(desk)
    assert desk.flush()
    assert (desk.stats.dropped, desk.stats.queued) == (3, 0)
    assert desk.close()
    assert started.count("deskwatch-sdk") == 1
    assert caplog.messages == ["the queue was full, events dropped so far: 3"]


def test_a_program_that_just_ends_delivers_what_it_said(engine: Engine):
    ended = run_program(
        """
        desk = deskwatch.sdk.connect(source="short-lived")
        for number in range(3000):
            desk.mark(venue="XNAS", symbol="AAPL", price=number)
        """,
        engine.url,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert engine.sequences == list(range(1, 3_001))


def test_a_program_that_fails_delivers_too(engine: Engine):
    ended = run_program(
        """
        desk = deskwatch.sdk.connect()
        desk.heartbeat(service="bot")
        raise SystemExit(3)
        """,
        engine.url,
    )
    assert ended.returncode == 3
    assert engine.sequences == [1]


def test_a_program_ends_though_nobody_listens(dead_url):
    ended = run_program(
        """
        desk = deskwatch.sdk.connect(settings=deskwatch.sdk.Settings(exit_timeout_s=0.1))
        desk.heartbeat(service="bot")
        """,
        dead_url,
    )
    assert ended.returncode == 0
    assert "closed; events undelivered: 1 (" in ended.stderr


LAST_WORDS = """
class Bot:
    def __init__(self, desk):
        self.desk = desk
    def __del__(self):
        assert sys.is_finalizing()
        self.desk.heartbeat(service="bot")
        self.desk.heartbeat(service="bot")
        print(self.desk.stats.dropped, flush=True)
bot = Bot(deskwatch.sdk.connect())
"""


def test_a_first_call_while_the_interpreter_ends_is_a_drop_that_is_logged(engine: Engine):
    ended = run_program(LAST_WORDS, engine.url)
    assert (ended.returncode, ended.stdout) == (0, "2\n")
    assert (
        ended.stderr == "closed; events undelivered: 1, and any later one (the program is ending)\n"
    )


def test_a_first_call_while_a_forked_child_ends_is_a_drop_too(engine: Engine):
    fork = """
if os.fork():
    status = os.wait()[1]
    sys.stdout.flush()
    os._exit(status)
"""
    ended = run_program(LAST_WORDS + fork, engine.url)
    assert (ended.returncode, ended.stdout) == (0, "2\n")


def test_last_words_do_not_wait_for_a_log_that_is_held_for_good(engine: Engine):
    held = """
import atexit, threading
@atexit.register  # before logging's own, which waits for its handlers
def hold():
    locked, forever = threading.Event(), threading.Lock()
    forever.acquire()
    log = "import logging; logging.lastResort.acquire(); locked.set(); forever.acquire()"
    threading.Thread(target=exec, args=(log, {"locked": locked, "forever": forever}), daemon=True).start()
    locked.wait()
import deskwatch.sdk
"""
    ended = run_program(held + LAST_WORDS, engine.url, imports="os, sys")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "2\n", "")


def test_what_is_said_after_the_last_delivery_is_a_drop_that_is_logged(engine: Engine):
    program = """
        import atexit
        desks = [None, None]
        @atexit.register  # before ours, so it is called after it
        def last_words():
            for desk in desks:
                desk.heartbeat(service="bot")
                assert (desk.stats.dropped, desk.stats.queued) == (1, 0)
        import deskwatch.sdk
        desks[:] = deskwatch.sdk.connect(), deskwatch.sdk.connect()
        desks[1].heartbeat(service="bot")
        """
    ended = run_program(program, engine.url, imports="sys, os")
    closing = "closed; events undelivered: 1, and any later one (the program is ending)\n"
    assert (ended.returncode, ended.stderr) == (0, 2 * closing)
    assert engine.sequences == [1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_the_sending_thread_imports_nothing_that_a_fork_could_cut_in_half(engine: Engine):
    ended = run_program(
        """
        desk = deskwatch.sdk.connect()
        before = set(sys.modules)
        desk.heartbeat(service="parent")
        assert desk.flush()
        print(*set(sys.modules) - before)
        """,
        engine.url,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "\n", "")


def test_a_forked_child_is_a_run_of_its_own(engine: Engine):
    ended = run_program(
        """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside a thread
        desk = deskwatch.sdk.connect(source="forking")
        closed = deskwatch.sdk.connect(source="closed")
        closed.close()
        desk.heartbeat(service="parent")
        assert desk.flush()
        desk.heartbeat(service="parent")  # may be queued at the fork: the child must not send it
        if os.fork() == 0:
            assert desk.stats.queued == desk.stats.acknowledged == 0
            closed.heartbeat(service="child")
            assert closed.stats.dropped == 1
            desk.heartbeat(service="child")
            sys.exit(0)  # and its exit delivers
        desk.heartbeat(service="parent")
        assert os.wait()[1] == 0
        """,
        engine.url,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    runs = {(e["epoch"], e["service"]) for e in engine.events}
    assert len(runs) == 2
    of = {service: [e["sequence"] for e in engine.events if e["service"] == service]
          for _, service in runs}  # fmt: skip
    assert of == {"parent": [1, 2, 3], "child": [1]}
    assert engine.copies == 0


def test_runs_that_begin_within_one_tick_of_the_clock_are_runs_of_their_own(
    engine, connect, monkeypatch
):
    tick = time.time_ns()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: tick)
        desks = [connect() for _ in range(3)]
        desks[0].renew()  # as in a forked child
    for desk in desks:
        fill(desk)
        assert desk.flush()
    assert (len(engine.events), engine.copies) == (3, 0)
    assert all(tick - 2 * SECOND < event["epoch"] <= tick for event in engine.events)


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="this system has no SIGPIPE")
def test_a_program_that_broken_pipes_end_outlives_the_connections_to_its_engine(engine: Engine):
    ended = run_program(
        """
        import contextlib, signal
        from deskwatch.sdk.transport import Transport
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        post = Transport.post
        def to_one_that_was_cut(transport, block):
            reader, writer = os.pipe()
            os.close(reader)
            with contextlib.suppress(BrokenPipeError):
                os.write(writer, block)
            return post(transport, block)
        Transport.post = to_one_that_was_cut
        desk = deskwatch.sdk.connect()
        desk.heartbeat(service="bot")
        assert desk.flush()
        """,
        engine.url,
    )
    assert (ended.returncode, ended.stderr, engine.sequences) == (0, "", [1])


def test_a_signal_handler_may_speak_while_the_program_does(engine: Engine):
    ended = run_program(
        """
        import signal
        desk = deskwatch.sdk.connect()
        said = 0
        def on_signal(number, frame):
            global said
            said += 1
            desk.heartbeat(service="handler")
        signal.signal(signal.SIGALRM, on_signal)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        calls = 0
        while said < 100:
            desk.heartbeat(service="main")
            calls += 1
            if calls % 1000 == 0:
                desk.flush()
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert desk.flush(30)
        assert desk.stats.acknowledged == calls + said, (desk.stats, calls, said)
        """,
        engine.url,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert engine.sequences == list(range(1, len(engine.events) + 1))


def test_the_import_is_light(dead_url):
    ended = run_program(
        """
        logging_itself = set(sys.modules)  # on Python 3.14 it brings dataclasses
        import deskwatch.sdk
        heavy = {"http.client", "ssl", "json", "asyncio", "email", "dataclasses"} - logging_itself
        print(sorted(m for m in sys.modules if m in heavy or m == "msgspec"))
        print(sorted(m for m in sys.modules if m.startswith("deskwatch.") and "sdk" not in m))
        """,
        dead_url,
        "logging, os, sys",
    )
    assert ended.stdout.split("\n")[:2] == ["[]", "[]"], ended


POOL = """
import multiprocessing, os, sys, warnings
import deskwatch.sdk

warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside a thread
desk = deskwatch.sdk.connect(source="pool")
if __name__ != "__main__":
    desk.heartbeat(service="import")
    with open(os.environ["IMPORTS"], "a") as imports:
        imports.write("one ")

def work(number):
    desk.heartbeat(service="task")

class Last:
    def __init__(self):
        from multiprocessing.util import Finalize
        Finalize(self, desk.heartbeat, kwargs={"service": "last"}, exitpriority=0)

def process():
    global last
    last = Last()
    work(0)

if __name__ == "__main__":
    desk.heartbeat(service="parent")
    context = multiprocessing.get_context(sys.argv[1])
    child = context.Process(target=process)
    child.start()
    child.join()
    pool = context.Pool(2)
    pool.map(work, range(4))
    pool.close()
    pool.join()
    sys.exit(not desk.flush())
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_children_of_multiprocessing_deliver_when_they_end(engine: Engine, tmp_path, method):
    program = tmp_path / "program.py"
    program.write_text(POOL)
    imports = tmp_path / "imports"
    imports.touch()
    environment = {**os.environ, "DESKWATCH_URL": engine.url, "IMPORTS": str(imports)}
    ended = subprocess.run(
        [sys.executable, program, method],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    said = Counter(str(event["service"]) for event in engine.events)
    imported = len(imports.read_text().split())  # Python 3.14's fork server does so once for all
    assert imported > 0 or method == "fork"
    assert said.pop("import", 0) == imported
    assert said == {"parent": 1, "task": 5, "last": 1}


LATE = """
import multiprocessing, sys
import deskwatch.sdk

desk = deskwatch.sdk.connect(source="late")

def process():
    from multiprocessing.util import Finalize
    Finalize(None, desk.heartbeat, kwargs={"service": "last"}, exitpriority=0)

if __name__ == "__main__":
    child = multiprocessing.get_context(sys.argv[1]).Process(target=process)
    child.start()
    child.join()
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_child_whose_handler_hands_in_its_first_event_delivers_it(engine, tmp_path, method):
    program = tmp_path / "program.py"
    program.write_text(LATE)
    environment = {**os.environ, "DESKWATCH_URL": engine.url}
    command = [sys.executable, program, method]
    subprocess.run(command, env=environment, timeout=60, check=True)
    assert [event["service"] for event in engine.events] == ["last"]
