import json

import pytest

from deskwatch.sdk.receipt import is_own_error, read_receipt


def receipt(accepted: int = 1, **change: object) -> bytes:
    whole = {"accepted": accepted, "duplicates": 0, "refused_total": 0, "refused": []}
    return json.dumps({**whole, **change}).encode()


def refusal(reason: str, line: object = 1, found: str = "-1") -> dict[str, object]:
    return {"line": line, "reason": reason, "found": found, "expected": "another"}


def batch(*kinds: str) -> list[bytes]:
    return [json.dumps({"kind": kind}).encode() + b"\n" for kind in kinds]


def test_reasons_are_counted_and_the_first_of_each_is_quoted_with_its_kind():
    quoted = [
        refusal("not_positive", line=1),
        refusal("not_positive", line=3, found="-2"),
        refusal("bad_length", line=4, found=""),
    ]
    sent = batch("mark", "fill", "fx", "order", "fill")
    read = read_receipt(receipt(2, refused_total=3, refused=quoted), sent)
    assert read is not None
    assert read.refusals == {"not_positive": 2, "bad_length": 1}
    assert read.examples == {
        "not_positive": "mark: found '-1'; expected another",
        "bad_length": "order: found ''; expected another",
    }


@pytest.mark.parametrize("line", [0, 2, -1, "1", None])
def test_a_refusal_of_no_line_that_was_sent_is_quoted_without_a_kind(line):
    quoted = [refusal("bad_length", line=line)]
    read = read_receipt(receipt(0, refused_total=1, refused=quoted), batch("fill"))
    assert read is not None
    assert read.examples == {"bad_length": "an event: found '-1'; expected another"}


def test_refusals_beyond_the_quoted_ones_are_counted():
    read = read_receipt(
        receipt(4, refused_total=5, refused=[refusal("bad_length")]), batch(*["fill"] * 9)
    )
    assert read is not None
    assert read.refusals == {"bad_length": 1, "unquoted": 4}


@pytest.mark.parametrize(
    ("accepted", "duplicates", "refused"),
    [
        pytest.param(0, 0, 0, id="of a body that was left out"),
        pytest.param(2, 0, 1, id="of a body that was cut within its third line"),
        pytest.param(5, 1, 0, id="of a longer body"),
        pytest.param(2, 0, 99, id="of more refusals than events"),
        pytest.param(9, 0, -4, id="of fewer than none"),
    ],
)
def test_a_receipt_accounts_for_each_event_or_is_another_bodys(accepted, duplicates, refused):
    other = receipt(accepted, duplicates=duplicates, refused_total=refused)
    assert read_receipt(other, batch(*["fill"] * 5)) is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>It works!</html>", id="a web server's page"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="another shape"),
        pytest.param(b'{"accepted":"all"}', id="other types"),
        pytest.param(receipt(refused_total=None), id="a null total"),
        pytest.param(receipt(duplicates="none"), id="a count in words"),
        pytest.param(receipt(refused={}), id="no list"),
        pytest.param(b"[" * 100_000, id="too deep"),
    ],
)
def test_what_is_no_receipt(body):
    assert read_receipt(body, batch("fill")) is None


@pytest.mark.parametrize(
    ("body", "own"),
    [
        (b'{"error":{"reason":"unauthorized","detail":"expected the header"}}', True),
        (b'{"error":"not found"}', False),
        (b"[]", False),
        (b"<html>404 Not Found</html>", False),
        (b"[" * 100_000, False),
    ],
)
def test_what_a_deskwatch_says_when_it_refuses_a_request(body, own):
    assert is_own_error(body) == own
