import json
import logging
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import deskwatch.sdk
from deskwatch.sdk import sender
from deskwatch.sdk.sender import Sender, verdict
from deskwatch.sdk.transport import Answer, Transport, Unreachable
from tests.sdk.engine import QUICK, TAKE, Do, Engine, refuse, until

#: The engine's receipt for a body without events.
NOTHING = b'{"accepted":0,"duplicates":0,"refused":[],"refused_total":0}'
TOOK_ONE = b'{"accepted":1,"duplicates":0,"refused":[],"refused_total":0}'
FAILURES = {
    "cut the answer, the journal has it": Do(keep=True, answer="cut"),
    "cut the answer, the journal has it not": Do(keep=False, answer="cut"),
    "busy": refuse(429, Retry_After="0"),
    "cannot keep it": refuse(503, Retry_After="0"),
    "a crash in a proxy": refuse(502),
    "too large": refuse(413),
    "not yet allowed": refuse(401),
    "a web server's page": Do(keep=False, answer=200, body=b"<html>It works!</html>"),
    "a proxy's refusal": Do(keep=False, answer=400, body=b"<html>400 Bad Request</html>"),
    "a proxy's refusal of the answer": Do(keep=True, answer=422, body=b"<html>422</html>"),
    "a proxy that left the body out": Do(keep=False, answer=200, body=NOTHING),
}


def mark(desk: deskwatch.sdk.Desk, number: int) -> None:
    desk.mark(venue="XNAS", symbol="AAPL", price=number, event_time=number)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, "settled"),
        (422, "settled"),
        (413, "split"),
        (400, "repair"),
        (415, "repair"),
        (408, "later"),
        (429, "later"),
        (500, "later"),
        (503, "later"),
        (301, "repair"),
        (401, "repair"),
        (403, "repair"),
        (404, "repair"),
    ],
)
def test_verdict(status, meaning):
    assert verdict(status) == meaning


@settings(max_examples=40)
@given(
    script=st.lists(st.sampled_from([TAKE, *FAILURES.values()]), max_size=12),
    bursts=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    batch=st.integers(2, 8),
)
def test_whatever_fails_each_event_arrives_once_and_in_order(script, bursts, batch):
    engine = Engine()
    engine.start()
    actions = iter(script)

    def judge(headers, events):
        action = next(actions, TAKE)
        return TAKE if action.answer == 413 and len(events) == 1 else action

    engine.judge = judge
    desk = deskwatch.sdk.connect(
        engine.url, source="test", settings=QUICK._replace(batch_events=batch)
    )
    number = 0
    for burst in bursts:
        for _ in range(burst):
            number += 1
            mark(desk, number)
    assert desk.flush(timeout=20)
    stats = desk.stats
    desk.close()
    engine.stop()
    assert engine.sequences == list(range(1, number + 1))
    assert [event["event_time"] for event in engine.events] == engine.sequences
    assert len({event["epoch"] for event in engine.events}) == 1
    assert (stats.sent, stats.acknowledged, stats.refused, stats.dropped) == (number, number, 0, 0)


@settings(max_examples=15)
@given(uptimes=st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_an_engine_that_restarts_gets_each_event_in_order(uptimes):
    engine = Engine()
    engine.start()
    desk = deskwatch.sdk.connect(
        engine.url, source="test", settings=QUICK._replace(batch_events=10)
    )
    number = 0
    for uptime in uptimes:
        seen = len(engine.blocks)
        for _ in range(50):
            number += 1
            mark(desk, number)
        until(partial(engine.was_asked, seen + uptime))
        engine.stop()
        engine.start()
    assert desk.flush(timeout=20)
    stats = desk.stats
    desk.close()
    engine.stop()
    assert engine.sequences == list(range(1, number + 1))
    assert (stats.acknowledged, stats.dropped, stats.refused) == (number, 0, 0)


def test_the_same_bytes_are_sent_again(engine, connect):
    engine.script(FAILURES["busy"], FAILURES["cut the answer, the journal has it"])
    desk = connect()
    mark(desk, 1)
    assert desk.flush()
    assert engine.blocks[0] == engine.blocks[1] == engine.blocks[2]
    assert engine.copies == 1
    assert desk.stats.retries == 2
    assert desk.stats.sent == desk.stats.acknowledged == 1


def test_an_engine_that_comes_up_late_gets_everything(connect, engine):
    engine.stop()
    desk = connect()
    for number in range(1, 101):
        mark(desk, number)
    until(lambda: desk.stats.retries > 1)
    assert not desk.stats.connected
    assert "ConnectionRefusedError" in desk.stats.last_error
    engine.start()
    assert desk.flush()
    assert desk.stats.connected
    assert engine.sequences == list(range(1, 101))


def test_a_batch_too_large_is_halved_until_it_fits(engine, connect):
    engine.judge = lambda headers, events: TAKE if len(events) <= 3 else refuse(413)
    desk = connect(QUICK._replace(linger_s=0.5))
    for number in range(1, 21):
        mark(desk, number)
    assert desk.flush()
    assert engine.sequences == list(range(1, 21))
    assert desk.stats.refused == 0


def test_one_event_too_large_is_refused_and_the_rest_goes_on(engine, connect):
    engine.judge = lambda headers, events: (
        refuse(413) if any(event["sequence"] == 5 for event in events) else TAKE
    )
    desk = connect(QUICK._replace(linger_s=0.5))
    for number in range(1, 9):
        mark(desk, number)
    assert desk.flush()
    assert engine.sequences == [1, 2, 3, 4, 6, 7, 8]
    assert desk.stats.refusals == {"http_413": 1}
    assert desk.stats.acknowledged == 7


def test_what_the_engine_refuses_is_counted_by_its_reason(engine, connect, caplog):
    refused = [{"line": 2, "reason": "unknown_instrument", "found": "AAPL", "expected": "known"}]
    receipt = {"accepted": 1, "duplicates": 1, "refused_total": 1, "refused": refused}
    engine.script(Do(keep=False, answer=200, body=json.dumps(receipt).encode()))
    desk = connect(QUICK._replace(linger_s=0.5))
    for number in range(1, 4):
        mark(desk, number)
    assert desk.flush()
    assert desk.stats.refusals == {"unknown_instrument": 1}
    assert desk.stats.acknowledged == 2
    assert "(unknown_instrument); first: mark: found 'AAPL'; expected known" in caplog.text


def test_what_the_engine_knew_by_its_ids_is_told_but_no_copy_of_our_own(engine, connect, caplog):
    known = json.dumps({"accepted": 0, "duplicates": 1, "refused_total": 0, "refused": []})
    engine.script(FAILURES["cut the answer, the journal has it"])
    desk = connect()
    mark(desk, 1)
    assert desk.flush()
    assert (engine.copies, "had already" in caplog.text) == (1, False)
    engine.script(Do(keep=False, answer=200, body=known.encode()))
    mark(desk, 2)
    assert desk.flush()
    assert desk.stats.acknowledged == 2
    assert "events that the engine had already, by their ids: 1" in caplog.text


@pytest.mark.parametrize("status", [200, 400, 415, 422])
@pytest.mark.parametrize("body", [b"<html>Bad Request</html>", NOTHING])
def test_what_a_proxy_answers_for_the_engine_costs_no_event(engine, connect, caplog, status, body):
    engine.script(Do(keep=False, answer=status, body=body))
    desk = connect()
    mark(desk, 1)
    assert desk.flush()
    assert engine.sequences == [1]
    assert (desk.stats.acknowledged, desk.stats.refused, desk.stats.retries) == (1, 0, 1)
    assert f"events wait for the engine: HTTP {status}" in caplog.text
    assert "a proxy has to be repaired" in caplog.text


def test_a_batch_of_which_every_event_is_refused_is_settled(engine, connect):
    refused = [{"line": 1, "reason": "unknown_instrument", "found": "AAPL", "expected": "known"}]
    receipt = {"accepted": 0, "duplicates": 0, "refused_total": 1, "refused": refused}
    engine.script(Do(keep=False, answer=422, body=json.dumps(receipt).encode()))
    desk = connect()
    mark(desk, 1)
    assert desk.flush()
    assert desk.stats.refusals == {"unknown_instrument": 1}
    assert (desk.stats.acknowledged, desk.stats.retries) == (0, 0)


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    """Every pause that the sender would have made."""
    asked: list[float] = []
    monkeypatch.setattr(Sender, "_pause", lambda self, pause_s: asked.append(pause_s))
    return asked


def test_the_engines_retry_after_is_honoured_within_reason(engine, connect, pauses):
    engine.script(refuse(503, Retry_After="7"), refuse(429, Retry_After="9999"))
    desk = connect()
    mark(desk, 1)
    assert desk.flush()
    assert pauses == [7.0, 60.0]


def test_pauses_double_up_to_the_longest(engine, connect, pauses):
    engine.script(*[refuse(503)] * 8)
    desk = connect(QUICK._replace(first_pause_s=1.0, longest_pause_s=20.0))
    mark(desk, 1)
    assert desk.flush()
    whole = [1, 2, 4, 8, 16, 20, 20, 20]
    assert all(w / 2 <= pause <= w for w, pause in zip(whole, pauses, strict=True))
    assert len(set(pauses)) > 1


LOST_SIGHT = Do(keep=False, answer=404, body=b"404 page not found\n")
NO_SUCH_PATH = Do(keep=False, answer=404, body=b'{"error":{"reason":"not_found","detail":""}}')


def test_who_answers_for_an_engine_that_restarts_is_asked_again_soon(engine, connect, pauses):
    desk = connect(QUICK._replace(first_pause_s=1.0, slow_pause_s=30.0))
    for number in (1, 2):  # the second outage is one of its own
        engine.script(*[LOST_SIGHT] * 7)
        mark(desk, number)
        assert desk.flush()
        whole = [1, 2, 4, 8, 16, 30, 30]
        assert all(w / 2 <= pause <= w for w, pause in zip(whole, pauses, strict=True))
        pauses.clear()


def test_an_engine_that_says_what_to_repair_is_asked_again_slowly(engine, connect, pauses):
    engine.script(NO_SUCH_PATH)
    desk = connect(QUICK._replace(first_pause_s=1.0, slow_pause_s=30.0))
    mark(desk, 1)
    assert desk.flush()
    assert pauses == [30.0]


def test_a_stale_connection_is_replaced_at_once(engine, connect, pauses):
    desk = connect()
    mark(desk, 1)
    assert desk.flush()
    engine.stop()
    engine.start()
    mark(desk, 2)
    assert desk.flush()
    assert pauses == [0.0]


def test_a_page_that_is_no_receipt_is_not_taken_for_one(engine, connect):
    engine.script(FAILURES["a web server's page"])
    desk = connect()
    mark(desk, 1)
    assert desk.flush()
    assert engine.sequences == [1]
    assert desk.stats.refused == 0
    assert "HTTP 200 without a receipt" in desk.stats.last_error


@pytest.mark.parametrize(("batch", "queue"), [(10, 1_000), (1_000, 10)])
def test_what_is_full_goes_out_however_long_its_first_may_wait(engine, connect, batch, queue):
    settings = QUICK._replace(linger_s=3600.0, batch_events=batch, max_queued=queue)
    desk = connect(settings)

    def arrived() -> bool:
        mark(desk, 1)
        return len(engine.events) >= 10

    until(arrived)


def test_a_request_stays_within_its_bytes(engine, connect):
    desk = connect(QUICK._replace(linger_s=0.5))
    for _ in range(490):
        desk.kill_switch(engaged=True, cause="x" * 1_000)
    assert desk.flush()
    assert desk.stats.queued == 0
    sizes = [int(headers["content-length"]) for headers in engine.requests]
    assert max(sizes) <= QUICK.batch_bytes
    assert len(sizes) < 5


def test_a_rotated_token_is_read_again(engine, connect, tmp_path, caplog):
    token_file = tmp_path / "token"
    token_file.write_text("old\n")
    engine.judge = lambda headers, events: (
        TAKE if headers.get("authorization") == "Bearer new" else refuse(401)
    )
    desk = connect(token_file=token_file)
    mark(desk, 1)
    until(lambda: desk.stats.retries > 3)
    assert desk.stats.acknowledged == desk.stats.refused == 0
    token_file.write_text("new\n")
    assert desk.flush()
    assert desk.stats.acknowledged == 1
    assert caplog.text.count("HTTP 401") == 1
    assert "old" not in caplog.text


def test_a_token_that_was_rotated_already_is_tried_at_once(engine, connect, tmp_path, pauses):
    token_file = tmp_path / "token"
    token_file.write_text("old")
    desk = connect(token_file=token_file)
    token_file.write_text("new")
    engine.script(refuse(401))
    mark(desk, 1)
    assert desk.flush()
    assert pauses == [0.0]
    assert [headers.get("authorization") for headers in engine.requests] == [
        "Bearer old",
        "Bearer new",
    ]


def test_a_missing_token_file_is_waited_for(engine, connect, tmp_path):
    token_file = tmp_path / "token"
    engine.judge = lambda headers, events: TAKE if "authorization" in headers else refuse(401)
    desk = connect(token_file=token_file)
    mark(desk, 1)
    until(lambda: "token file: FileNotFoundError" in desk.stats.last_error)
    token_file.write_text("new\n")
    assert desk.flush()


def test_an_outage_is_logged_when_it_begins_and_ends(engine, connect, pauses, caplog):
    caplog.set_level(logging.INFO)
    engine.script(*[refuse(503)] * 5)
    desk = connect()
    mark(desk, 1)
    assert desk.flush()
    assert caplog.messages == [
        "events wait for the engine: HTTP 503",
        "the engine takes events again",
    ]
    assert desk.stats.connected


def test_an_outage_that_has_another_cause_by_now_is_logged_with_that(
    engine, connect, caplog, monkeypatch
):
    troubles = iter(["refused('by 1')", "refused('by 2')", "Expired('on Sunday')"])

    def unreachable(self: Transport) -> None:
        if trouble := next(troubles, ""):
            raise Unreachable(trouble)

    monkeypatch.setattr(Transport, "open", unreachable)
    monkeypatch.setattr(Transport, "post", lambda self, block: Answer(200, None, TOOK_ONE))
    desk = connect()
    mark(desk, 1)
    assert desk.flush()
    assert caplog.messages == [
        "events wait for the engine: unreachable: refused('by 1')",
        "events wait for the engine: unreachable: Expired('on Sunday')",
    ]


def test_a_flush_cuts_a_long_pause_short(engine, connect):
    engine.script(Do(keep=False, answer=401, body=b'{"error":{"reason":"unauthorized"}}'))
    desk = connect(QUICK._replace(slow_pause_s=3600.0))
    mark(desk, 1)
    until(lambda: "HTTP 401" in desk.stats.last_error)
    assert desk.flush(timeout=20)


@pytest.mark.parametrize("place", ["encode", "read_receipt", "verdict"])
def test_a_bug_of_ours_costs_the_events_at_hand_and_is_logged(
    engine, connect, caplog, monkeypatch, place
):
    def broken(*args: object, **named: object) -> bytes:
        raise ZeroDivisionError

    desk = connect()
    with monkeypatch.context() as patch:
        patch.setattr(f"deskwatch.sdk.sender.{place}", broken)
        mark(desk, 1)
        assert desk.flush()
        assert desk.stats.dropped == 1
        assert desk.stats.last_error == "unexpected: ZeroDivisionError"
    mark(desk, 2)
    assert desk.flush()
    assert (desk.stats.acknowledged, desk.stats.dropped) == (1, 1)
    assert engine.sequences[-1] == 2
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.getMessage() == "events dropped for an unexpected error: 1"


@pytest.mark.parametrize("ends", [SystemExit, GeneratorExit])
def test_a_sending_thread_that_somebody_ends_is_followed_by_another(
    engine, connect, caplog, monkeypatch, ends
):
    def ended(*args: object, **named: object) -> bytes:
        raise ends

    desk = connect()
    with monkeypatch.context() as patch:
        patch.setattr("deskwatch.sdk.sender.encode", ended)
        mark(desk, 1)
        until(lambda: caplog.messages)
    mark(desk, 2)
    assert desk.flush()
    assert engine.sequences == [2]
    assert (desk.stats.acknowledged, desk.stats.dropped, desk.stats.queued) == (1, 1, 0)
    what = f"the sending thread was ended by {ends.__name__}; events dropped: 1"
    assert caplog.messages == [f"{what}; the next event starts another"]


def test_one_event_that_meets_a_bug_leaves_the_rest_of_its_batch(engine, connect, monkeypatch):
    encode = sender.encode

    def broken(kind, *args, **named):
        if kind == "heartbeat":
            raise ZeroDivisionError
        return encode(kind, *args, **named)

    monkeypatch.setattr(sender, "encode", broken)
    desk = connect(QUICK._replace(linger_s=0.5))
    mark(desk, 1)
    desk.heartbeat(service="bot")
    mark(desk, 3)
    assert desk.flush()
    assert len(engine.blocks) == 1
    assert engine.sequences == [1, 3]
    assert (desk.stats.acknowledged, desk.stats.dropped) == (2, 1)


def test_a_number_that_no_engine_holds_is_refused_and_the_rest_goes_on(engine, connect):
    desk = connect()
    mark(desk, 10**5000)
    desk.heartbeat(service="bot", interval_ns=2**63)
    with desk.timed_api_request(venue="BINANCE", operation="cancel") as request:
        request.status = 10**5000
    mark(desk, 2)
    assert desk.flush()
    assert desk.stats.refusals == {"not_a_decimal": 1, "unknown_value": 1, "wrong_type": 1}
    assert engine.sequences == [4]
