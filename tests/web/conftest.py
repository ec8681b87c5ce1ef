import pytest

from tests.web.fake import FakeDesk


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()
