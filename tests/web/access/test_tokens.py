"""Whoever guesses at the token waits, and no program with the right one waits for that."""

import httpx
import pytest
from structlog.testing import capture_logs

from deskwatch.web.access.attempts import FREE
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.engine.rig import Clock
from tests.web.fake import FakeDesk

TOKEN = "correct-horse-battery"
HERE, THERE, ELSEWHERE = "127.0.0.1", "192.0.2.1", "192.0.2.2"


class Service:
    """The service, asked from several addresses with tokens."""

    def __init__(self) -> None:
        self.clock = Clock()
        self._app = create_app(FakeDesk(), WebSettings(token=TOKEN), clock=self.clock)

    async def answer(self, token: str, address: str, path: str = "/api/v1/pnl") -> httpx.Response:
        transport = httpx.ASGITransport(self._app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://deskwatch") as client:
            return await client.get(path, headers={"Authorization": f"Bearer {token}"})

    async def show(self, token: str, address: str) -> int:
        return (await self.answer(token, address)).status_code

    async def guess(self, address: str, times: int = 30) -> list[int]:
        return [await self.show(f"guess {number}", address) for number in range(times)]


@pytest.mark.parametrize("address", [HERE, THERE])
async def test_who_guesses_waits_and_is_told_of(address: str) -> None:
    service = Service()
    with capture_logs() as logged:
        assert await service.guess(address) == [401] * (FREE - 1) + [429] * (31 - FREE)
    assert logged == [{"event": "token_refused", "address": address, "log_level": "warning"}] * FREE
    answer = await service.answer("another", address)
    assert answer.json()["error"]["reason"] == "too_many_attempts"
    assert answer.headers["retry-after"] == "1"


async def test_who_guesses_right_in_the_end_has_to_wait_as_well() -> None:
    service = Service()
    await service.guess(THERE)
    assert await service.show(TOKEN, THERE) == 429
    assert await service.show(TOKEN, ELSEWHERE) == 200
    service.clock.now += 1_000_000_000
    assert await service.show(TOKEN, THERE) == 200


async def test_the_right_token_does_not_wait_on_this_machine_nor_where_it_is_at_home() -> None:
    service = Service()
    assert await service.show(TOKEN, THERE) == 200
    for address in (HERE, "::1", THERE):
        await service.guess(address)
        assert await service.show(TOKEN, address) == 200


async def test_programs_with_old_tokens_keep_none_out_that_is_new_on_their_address() -> None:
    service = Service()
    with capture_logs() as logged:
        for _ in range(30):
            assert await service.show("the token of last year", THERE) == 401
            assert await service.show("the token of the year before", THERE) == 401
    assert [entry["event"] for entry in logged] == ["token_refused"] * 2
    assert await service.show(TOKEN, THERE) == 200


async def test_whoever_shows_no_token_has_shown_no_wrong_one() -> None:
    service = Service()
    with capture_logs() as logged:
        assert await service.show("", THERE) == 401
    assert logged == []


async def test_who_guesses_at_the_token_may_still_sign_in_and_ask_how_we_are() -> None:
    service = Service()
    await service.guess(THERE)
    for path in ("/healthz", "/api/v1/session"):
        assert (await service.answer("another", THERE, path)).status_code == 200
    told = (await service.answer(TOKEN, THERE, "/api/v1/session")).json()
    assert told["role"] is None
