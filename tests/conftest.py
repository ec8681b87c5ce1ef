"""What all tests share: a machine that is busy with others' work is no failure.

Drawing a long journal, or writing it to a disk, may take its time there.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
