import pytest

from tests.notify.bot_api import BotApiServer
from tests.notify.desk import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def telegram(clock):
    async with BotApiServer(clock=clock.monotonic) as server:
        yield server


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A disk of this machine may take its time, and hangs only where a test says so."""
    monkeypatch.setattr("deskwatch.notify.keeper._HANGS_S", 60.0)


@pytest.fixture
def soon(monkeypatch):
    """A disk hangs that has not answered at once."""
    monkeypatch.setattr("deskwatch.notify.keeper._HANGS_S", 0.01)
