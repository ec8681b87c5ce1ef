import pytest
import uvloop

from tests.web.fake import FakeDesk


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "asyncio", {"loop_factory": uvloop.new_event_loop}  # as in production


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()
