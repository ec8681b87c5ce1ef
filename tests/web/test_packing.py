"""What is compressed on its way, and for whom."""

import gzip

import pytest
from starlette.requests import Request
from starlette.responses import Response

from deskwatch.web.packing import LEAST_BYTES, packed

LARGE = b"0123456789" * LEAST_BYTES


def answered(accepts: str, body: bytes = LARGE) -> Response:
    headers = [(b"accept-encoding", accepts.encode())]
    return packed(Request({"type": "http", "headers": headers}), Response(body))


def test_who_takes_it_gets_less_to_read():
    answer = answered("br, GZIP;q=0.5")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.body) < len(LARGE) / 5
    assert gzip.decompress(bytes(answer.body)) == LARGE


@pytest.mark.parametrize(
    ("accepts", "body"),
    [
        pytest.param("", LARGE, id="who does not say that it takes it"),
        pytest.param("gzip;q=0, br", LARGE, id="who says that it does not"),
        pytest.param("gzip", b"short", id="what is short"),
    ],
)
def test_the_rest_comes_as_it_is(accepts, body):
    answer = answered(accepts, body)
    assert (answer.body, answer.headers.get("Content-Encoding")) == (body, None)
    assert answer.headers["Vary"] == "Accept-Encoding", "a cache must not mix them up"
