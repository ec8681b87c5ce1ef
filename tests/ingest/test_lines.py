"""The line listener, over real sockets."""

import asyncio
import json
import os
import socket
import stat
from contextlib import asynccontextmanager, suppress

import pytest

from deskwatch.ingest.lines import LineLimits, LineListener
from tests.ingest.fake_intake import DEADLINE_S, FakeIntake, FakeSleep


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request):
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


@pytest.fixture(autouse=True)
async def in_time():
    async with asyncio.timeout(3 * DEADLINE_S):
        yield


def listener_of(intake, token=None, sleep=asyncio.sleep, **limits):
    refuse = getattr(intake, "refuse", None)
    return LineListener(intake, refuse, LineLimits(**limits), token, sleep=sleep)


@asynccontextmanager
async def listening(intake, token=None, sleep=asyncio.sleep, **limits):
    listener = listener_of(intake, token, sleep, **limits)
    host, port = await listener.start_tcp("127.0.0.1", 0)
    try:
        yield listener, host, port
    finally:
        await listener.stop()


async def send(address, *chunks):
    """Send chunks and end; return every answer."""
    reader, writer = await asyncio.open_connection(*address)
    for chunk in chunks:
        writer.write(chunk)
        await writer.drain()
    writer.write_eof()
    answers = [json.loads(line) async for line in reader]
    writer.close()
    await writer.wait_closed()
    return answers


def total(answers, field):
    return sum(answer[field] for answer in answers)


async def test_lines_come_in_order_and_are_answered():
    intake = FakeIntake()
    sent = [b'{"n":%d}' % number for number in range(5000)]
    async with listening(intake) as (_, *address):
        answers = await send(address, *(line + b"\n" for line in sent))
    assert intake.lines == sent
    assert intake.ways == {"tcp"}
    assert total(answers, "accepted") == 5000


async def test_a_last_line_without_newline_is_taken():
    intake = FakeIntake()
    async with listening(intake) as (_, *address):
        answers = await send(address, b"{first\nsecond")
    assert intake.lines == [b"{first", b"second"]
    assert total(answers, "accepted") == 2


async def test_a_refused_line_has_its_number_in_the_connection():
    intake = FakeIntake()
    async with listening(intake) as (_, *address):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"{ok\n\nok\n")
        first = json.loads(await reader.readline())
        writer.write(b"ok\nbad\n")
        second = json.loads(await reader.readline())
        writer.close()
        await writer.wait_closed()
    assert (first["accepted"], first["refused_total"]) == (2, 0)
    assert [refusal["line"] for refusal in second["refused"]] == [5]


async def test_a_long_line_is_refused_alone():
    intake = FakeIntake()
    async with listening(intake, max_line_bytes=100) as (_, *address):
        answers = await send(address, b"{one\n", b"x" * 10_000_000, b"\nthree\n")
    assert intake.lines == [b"{one", b"three"]
    assert [refusal.reason for refusal in intake.refused] == ["line_too_long"]
    assert [r["line"] for answer in answers for r in answer["refused"]] == [2]
    assert total(answers, "accepted") == 2


HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
EVENT = b'{"kind":"mark"}\n'


@pytest.mark.parametrize(
    ("head", "found"),
    [
        pytest.param(b"POST / HTTP/1.1\r\n", "POST / HTTP/1.1", id="a page's request"),
        pytest.param(b"POST /" + b"x" * 70_000 + b"\n", "POST /x", id="too long for a line"),
        pytest.param(HELLO + b"\n", "\x16\x03\x01", id="a TLS hello"),
        pytest.param(HELLO, "\x16\x03\x01", id="no line at all"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n", "PRI * HTTP/2.0", id="HTTP/2"),
        pytest.param(b"EHLO desk\r\n", "EHLO desk", id="another protocol"),
        pytest.param(b'["kind"]\n', '["kind"]', id="JSON, but no event"),
    ],
)
async def test_who_opens_with_no_event_is_told_and_none_of_it_is_taken(head, found):
    intake = FakeIntake()
    async with listening(intake) as (_, *address):
        (answer,) = await send(address, b"\r\n\n", head + b"Host: desk\r\n\r\n" + EVENT)
    assert intake.lines == []
    assert answer["refused_total"] == len(intake.refused) == 1
    (refusal,) = answer["refused"]
    assert (refusal["line"], refusal["reason"]) == (3, "malformed_json")
    assert refusal["found"].startswith(found)


async def test_who_opens_with_a_broken_event_loses_that_line_alone():
    intake = FakeIntake()
    async with listening(intake) as (_, *address):
        answers = await send(address, b"\n \t", b'{"kind":"bad\n', EVENT)
    assert intake.lines == [b' \t{"kind":"bad', EVENT.rstrip()]
    assert (total(answers, "accepted"), total(answers, "refused_total")) == (1, 1)


async def test_a_page_that_opens_with_no_token_is_unauthorized():
    intake = FakeIntake()
    async with listening(intake, token="s3cret") as (_, *address):
        (answer,) = await send(address, b"POST / HTTP/1.1\r\n\r\n" + EVENT)
    assert intake.lines == []
    assert [refusal["reason"] for refusal in answer["refused"]] == ["unauthorized"]


async def test_half_a_line_of_a_killed_client_is_handed_on_and_costs_nothing_else():
    intake = FakeIntake()
    async with listening(intake) as (_, host, port):
        client = socket.create_connection((host, port))
        client.sendall(b"{whole\nhal")
        await intake.until_lines(1)
        # No farewell: a reset, as after a crash.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
        await intake.until_lines(2)
        await send((host, port), b"{other\n")
        assert intake.lines == [b"{whole", b"hal", b"{other"]
        assert not intake.refusals


async def test_lines_of_a_client_that_is_gone_survive_an_unavailable_intake():
    intake = FakeIntake()
    intake.open.clear()
    async with listening(intake) as (listener, host, port):
        client = socket.create_connection((host, port))
        client.sendall(b"{a\nb\n")
        client.close()
        await intake.until(lambda: intake.attempts == 1)
        assert len(listener.connections) == 1
        intake.open.set()
        await intake.until_lines(2)


async def test_a_client_that_reads_no_answers_holds_up_nothing():
    intake = FakeIntake()
    # Every line is refused with a quotation, so that answers are larger than what is sent.
    count = 40_000
    async with listening(intake, max_unread_bytes=1000, linger_s=0.01) as (listener, *address):
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(tuple(address))
            client.settimeout(0)
            loop = asyncio.get_running_loop()
            for _ in range(count // 100):
                await loop.sock_sendall(client, b"{bad\n" * 100)
            await intake.until_lines(count)
            assert listener.delayed_receipts > 0
            client.settimeout(DEADLINE_S)
            await listener.stop()
            with client.makefile("rb") as answers:
                lines = answers.readlines()
    # Cut off after the linger: what did come whole is in order, and nothing is counted twice.
    whole = [json.loads(line) for line in lines if line.endswith(b"\n")]
    assert 0 < sum(answer["refused_total"] for answer in whole) <= count


async def test_receipts_that_were_kept_back_are_in_a_later_one():
    intake = FakeIntake()
    count = 40_000
    async with listening(intake, max_unread_bytes=1000, linger_s=DEADLINE_S) as (
        listener,
        *address,
    ):
        reader, writer = await asyncio.open_connection(*address, limit=4096)
        for _ in range(count // 100):
            writer.write(b"{bad\n" * 100)
            await writer.drain()
        await intake.until_lines(count)
        assert listener.delayed_receipts > 0
        writer.write_eof()
        answers = [json.loads(line) for line in (await reader.read()).splitlines()]
        writer.close()
        await writer.wait_closed()
    assert total(answers, "refused_total") == count


async def test_an_unavailable_intake_gets_the_same_block_again_in_order():
    intake, sleep = FakeIntake(), FakeSleep()
    intake.unavailable = 3
    async with listening(intake, sleep=sleep) as (_, *address):
        answers = await send(address, b"{a\n", b"b\n", b"c\n")
    assert intake.lines == [b"{a", b"b", b"c"]
    assert total(answers, "accepted") == 3
    assert len(sleep.asked) == 3


async def test_a_blocked_intake_stops_the_reading():
    intake = FakeIntake()
    intake.open.clear()
    async with listening(intake, max_waiting_bytes=10_000) as (listener, host, port):
        client = socket.create_connection((host, port))
        client.settimeout(0)
        loop = asyncio.get_running_loop()
        line = b"{" * 999 + b"\n"
        sending = asyncio.ensure_future(loop.sock_sendall(client, line * 40_000))
        await intake.until(lambda: intake.attempts == 1)
        (connection,) = listener.connections
        while not connection._paused:  # noqa: ASYNC110 it has no event, and needs none
            await asyncio.sleep(0)
        held = len(connection._cutter._buffer)
        assert held <= 10_000 + 512 * 1024
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(connection._cutter._buffer) == held
        assert not sending.done()
        intake.open.set()
        await sending
        await intake.until_lines(40_000)
        client.close()


async def test_a_line_may_be_longer_than_what_may_wait():
    intake = FakeIntake()
    async with listening(intake, max_waiting_bytes=100) as (_, *address):
        answers = await send(address, b"{" * 1000, b"y" * 1000 + b"\n", b"end\n")
    assert [len(line) for line in intake.lines] == [2000, 3]
    assert total(answers, "accepted") == 2


async def test_a_token_must_come_first():
    intake = FakeIntake()
    async with listening(intake, token="s3cret") as (_, *address):
        good = await send(address, b'{"kind":"auth","token":"s3', b'cret"}\nevent\n')
        wrong = await send(address, b'{"kind":"auth","token":"guess"}\nevent\n')
        none = await send(address, b'{"kind":"fill"}\n')
        broken = await send(address, b'{"kind":"auth","token":"\xff\xfe"}\n')
        nested = await send(address, b'{"kind":"auth","token":' + b"[" * 50_000 + b"\n")
        silent = await send(address)
    assert intake.lines == [b"event"]
    assert total(good, "accepted") == 1
    for answers in (wrong, none, broken, nested):
        (answer,) = answers
        assert [refusal["reason"] for refusal in answer["refused"]] == ["unauthorized"]
        assert "s3cret" not in str(answer)
    assert silent == []
    assert [refusal.reason for refusal in intake.refused] == ["unauthorized"] * 4


@pytest.mark.parametrize("token", [None, "s3cret"])
async def test_a_token_that_nobody_asked_for_is_passed_over(token):
    """Without a token on our side, or once it was said: as an HTTP header would be."""
    intake = FakeIntake()
    auth = b'{"kind":"auth","token":"s3cret"}\n'
    async with listening(intake, token) as (_, *address):
        answers = await send(address, auth + b"a\n" + auth + b'{"account":"auth"}\nbad\n', auth)
    assert intake.lines == [b"a", b'{"account":"auth"}', b"bad"]
    assert (total(answers, "accepted"), total(answers, "refused_total")) == (2, 1)
    assert answers[-1]["refused"][0]["line"] == 5


async def test_who_does_not_say_a_token_in_time_is_closed():
    async with listening(FakeIntake(), token="t", auth_timeout_s=0.01) as (_, *address):
        reader, writer = await asyncio.open_connection(*address)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()


async def test_connections_are_bounded_and_idle_ones_stay():
    intake = FakeIntake()
    async with listening(intake, max_connections=1) as (_, *address):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"{a\n")
        await reader.readline()
        second, second_writer = await asyncio.open_connection(*address)
        with suppress(ConnectionResetError):
            assert await second.read() == b""
        second_writer.close()
        assert intake.refusals == {("tcp", "too_many_connections"): 1}
        writer.write(b"b\n")
        await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert intake.lines == [b"{a", b"b"]


@pytest.mark.parametrize("token", [None, "t"])
async def test_connections_that_say_nothing_give_way_to_one_that_does(token):
    intake = FakeIntake()
    auth = [] if token is None else [b'{"kind": "auth", "token": "t"}\n']
    async with listening(intake, token, max_connections=2) as (_, *address):
        _, writer = await asyncio.open_connection(*address)
        writer.writelines([*auth, b"{a\n"])
        await intake.until_lines(1)
        silent, silent_writer = await asyncio.open_connection(*address)
        assert total(await send(address, *auth, b"{b\n"), "accepted") == 1
        with suppress(ConnectionResetError):
            assert await silent.read() == b""
        silent_writer.close()
        writer.write(b"{c\n")
        await intake.until_lines(3)
        writer.close()
        await writer.wait_closed()
        assert not intake.refusals
    assert intake.lines == [b"{a", b"{b", b"{c"]


async def test_stopping_finishes_what_was_read_and_leaves_half_a_line():
    intake = FakeIntake()
    intake.open.clear()
    async with listening(intake) as (listener, *address):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"{a\nb\nhal")
        await intake.until(lambda: intake.attempts == 1)
        stopping = asyncio.ensure_future(listener.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        intake.open.set()
        await stopping
        answers = [json.loads(line) async for line in reader]
        writer.close()
    assert intake.lines == [b"{a", b"b"]
    assert total(answers, "accepted") == 2


async def test_stopping_does_not_wait_for_ever():
    intake = FakeIntake()
    intake.open.clear()
    async with listening(intake) as (listener, *address):
        _, writer = await asyncio.open_connection(*address)
        writer.write(b"{a\n")
        await intake.until(lambda: intake.attempts == 1)
        await listener.stop(grace_s=0.01)
        assert not listener.connections
        writer.close()
    assert intake.lines == []


async def test_a_bug_in_the_intake_reaches_the_loop():
    found: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))

    async def broken(block, *, way, refused=None):
        raise AssertionError("a bug")

    async with listening(broken) as (_, *address):
        assert await send(address, b"{a\n") == []
    assert [str(context["exception"]) for context in found] == ["a bug"]


class TestUnixSocket:
    async def test_only_this_user_can_open_it_and_it_is_removed(self, tmp_path):
        intake, path = FakeIntake(), tmp_path / "desk.sock"
        listener = listener_of(intake)
        await listener.start_unix(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        reader, writer = await asyncio.open_unix_connection(os.fspath(path))
        writer.write(b"{a\n")
        assert json.loads(await reader.readline())["accepted"] == 1
        writer.close()
        await writer.wait_closed()
        await listener.stop()
        assert intake.ways == {"unix"}
        assert not path.exists()

    async def test_a_socket_that_nobody_listens_on_is_replaced(self, tmp_path):
        path = tmp_path / "desk.sock"
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(os.fspath(path))
        listener = listener_of(FakeIntake())
        await listener.start_unix(path)
        _, writer = await asyncio.open_unix_connection(os.fspath(path))
        writer.close()
        await writer.wait_closed()
        await listener.stop()

    async def test_a_socket_in_use_is_left_alone(self, tmp_path):
        path = tmp_path / "desk.sock"
        first, second = (listener_of(FakeIntake()) for _ in range(2))
        await first.start_unix(path)
        with pytest.raises(FileExistsError, match="another process listens"):
            await second.start_unix(path)
        await second.stop()
        assert path.exists()
        await first.stop()

    async def test_a_file_that_is_no_socket_is_left_alone(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("keep me")
        with pytest.raises(FileExistsError, match="not a socket"):
            await listener_of(FakeIntake()).start_unix(path)
        assert path.read_text() == "keep me"
