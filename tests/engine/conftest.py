from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.engine.rig import Rig


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged, which then shows nowhere else."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def rig(tmp_path) -> Rig:
    return Rig(tmp_path)
