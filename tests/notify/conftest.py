import pytest

from tests.notify.bot_api import BotApiServer
from tests.notify.desk import Clock


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def telegram(clock):
    async with BotApiServer(clock=clock.monotonic) as server:
        yield server
