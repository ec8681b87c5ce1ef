import json

import pytest

from deskwatch.sdk.receipt import read_receipt


def receipt(**change: object) -> bytes:
    whole = {"accepted": 2, "duplicates": 0, "refused_total": 0, "refused": []}
    return json.dumps({**whole, **change}).encode()


def refusal(reason: str) -> dict[str, object]:
    return {"line": 1, "reason": reason, "found": "-1", "expected": "above zero"}


def test_reasons_are_counted_and_the_first_is_quoted():
    quoted = [refusal("not_positive"), refusal("not_positive"), refusal("bad_length")]
    read = read_receipt(receipt(refused_total=3, refused=quoted), events=5)
    assert read is not None
    assert read.refusals == {"not_positive": 2, "bad_length": 1}
    assert read.example == "not_positive: found '-1'; expected above zero"


def test_refusals_beyond_the_quoted_ones_are_counted():
    read = read_receipt(receipt(refused_total=5, refused=[refusal("bad_length")]), events=9)
    assert read is not None
    assert read.refusals == {"bad_length": 1, "unquoted": 4}


@pytest.mark.parametrize("total", [99, -4])
def test_a_receipt_cannot_refuse_more_than_was_sent(total):
    read = read_receipt(receipt(refused_total=total), events=5)
    assert read is not None
    assert read.refusals.total() in {0, 5}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>It works!</html>", id="a web server's page"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="another shape"),
        pytest.param(b'{"accepted":"all"}', id="other types"),
        pytest.param(receipt(refused_total=None), id="a null total"),
        pytest.param(receipt(refused={}), id="no list"),
        pytest.param(b"[" * 100_000, id="too deep"),
    ],
)
def test_what_is_no_receipt(body):
    assert read_receipt(body, events=1) is None
