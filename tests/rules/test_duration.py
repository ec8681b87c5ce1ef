"""Durations read as Prometheus reads them."""

import pytest

from deskwatch.rules.duration import parse_duration


@pytest.mark.parametrize(
    ("text", "ms"),
    [("0", 0), ("1ms", 1), ("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000), ("10s53ms", 10_053),
     ("1d", 86_400_000), ("2w", 1_209_600_000), ("1y", 31_536_000_000)],
)  # fmt: skip
def test_read(text, ms):
    assert parse_duration(text) == ms


@pytest.mark.parametrize("text", ["", "5", "m", "1.5h", "30m1h", "-5m", "5 m", "1s1s"])
def test_refused(text):
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(text)
