"""What all tests share: a machine that is busy with others' work is no failure.

Drawing a long journal, or writing it to a disk, may take its time there.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from deskwatch.cli.run.event_loop import new_event_loop

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_xdist_auto_num_workers() -> int:
    """Have one more than there are processors: many tests wait for servers and browsers."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Have all run in the event loop that `deskwatch run` has."""
    return "asyncio", {"loop_factory": new_event_loop}
