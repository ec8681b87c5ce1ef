"""A venue's words for a refusal, put into a closed set."""

import pytest

from deskwatch.core.reject_reason import reject_reason

#: As Binance, Bybit and FIX gateways word them.
SAID = [
    ("Order would immediately match and take.", "post_only"),
    ("EC_PostOnlyWillTakeLiquidity", "post_only"),
    ("ReduceOnly Order is rejected.", "reduce_only"),
    ("Reduce Only reject", "reduce_only"),
    ("Too much request weight used; IP banned until 1795428000000.", "rate_limit"),
    ("Not authorized to trade", "unauthorized"),
    ("Invalid API-key, IP, or permissions for action.", "unauthorized"),
    ("Account has insufficient balance for requested action.", "funds"),
    ("Filter failure: LOT_SIZE", "quantity"),
    ("Too late to enter", "other"),
]


@pytest.mark.parametrize(("said", "reason"), SAID)
def test_what_a_refusal_is_counted_as(said, reason):
    assert reject_reason(said) == reason
