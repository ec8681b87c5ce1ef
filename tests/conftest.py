"""What all tests share: a machine that is busy with others' work is no failure.

Drawing a long journal, or writing it to a disk, may take its time there.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_xdist_auto_num_workers() -> int:
    """Have one more than there are processors: many tests wait for servers and browsers."""
    return (os.cpu_count() or 1) + 1
