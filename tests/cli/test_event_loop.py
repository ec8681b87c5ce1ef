"""Names looked up on the engine's loop."""

import asyncio
import socket
import sys
import threading

import pytest

from deskwatch.cli.run.event_loop import new_event_loop

#: More than the threads of any pool.
TRIES = 40


@pytest.fixture(params=["uvloop", "asyncio"])
def runner(request, monkeypatch):
    if request.param == "asyncio":
        monkeypatch.setitem(sys.modules, "uvloop", None)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        assert type(runner.get_loop()).__mro__[2].__module__.startswith(request.param)
        yield runner


@pytest.fixture
def name_server(monkeypatch):
    """Return what is set once Telegram's name is answered."""
    answers, look_up = threading.Event(), socket.getaddrinfo

    def looks_up(host, *asked, **hints):
        if host == "api.telegram.org":
            answers.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "temporary failure")
        return look_up(host, *asked, **hints)

    monkeypatch.setattr(socket, "getaddrinfo", looks_up)
    yield answers
    answers.set()


def test_a_name_that_hangs_keeps_no_other_from_being_found(runner, name_server):
    async def find():
        loop = asyncio.get_running_loop()
        hanging = [
            asyncio.ensure_future(loop.getaddrinfo("api.telegram.org", 443)) for _ in range(TRIES)
        ]
        async with asyncio.timeout(20):
            found = await loop.getaddrinfo("127.0.0.1", 9093, type=socket.SOCK_STREAM)
            await asyncio.to_thread(lambda: None)
        assert not any(one.done() for one in hanging)
        name_server.set()
        return found, await asyncio.gather(*hanging, return_exceptions=True)

    found, failed = runner.run(find())
    assert [address for *_, address in found] == [("127.0.0.1", 9093)]
    assert [type(one) for one in failed] == [socket.gaierror] * TRIES


def test_a_name_that_hangs_keeps_nobody_from_ending(runner, name_server):
    async def ask():
        asking = asyncio.ensure_future(
            asyncio.get_running_loop().getaddrinfo("api.telegram.org", 443)
        )
        await asyncio.sleep(0)
        asking.cancel()

    runner.run(ask())
    runner.close()
    hanging = [thread for thread in threading.enumerate() if thread.name == "own"]
    assert hanging
    assert all(thread.daemon for thread in hanging)
