import socket
from collections.abc import Callable, Iterator

import pytest

import deskwatch.sdk
from deskwatch.sdk import Desk, Settings
from tests.sdk.engine import QUICK, Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture
def connect(engine: Engine) -> Iterator[Callable[..., Desk]]:
    """Connects to the test's engine; the desk is closed when the test ends."""
    desks = []

    def connect(settings: Settings = QUICK, **options: str) -> Desk:
        desk = deskwatch.sdk.connect(engine.url, source="test", settings=settings, **options)
        desks.append(desk)
        return desk

    yield connect
    engine.stop()
    for desk in desks:
        desk.close(timeout=0.01)


@pytest.fixture
def dead_url() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
