import gzip
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deskwatch.sdk.transport import BadAddress, Transport, Unreachable, parse_address
from tests.sdk.engine import Do, Engine, refuse

EVENT = b'{"source":"t","epoch":1,"sequence":1}\n'


def transport(url: str, *, token: str = "", compress: bool = False) -> Transport:
    return Transport(parse_address(url), token=lambda: token, timeout_s=10, compress=compress)


@pytest.mark.parametrize(
    ("url", "posts_to"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/events"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1/events"),
        ("https://watch.example/desk/", "https://watch.example:443/desk/v1/events"),
        ("http://watch", "http://watch:80/v1/events"),
        (" http://127.0.0.1:8080 \n", "http://127.0.0.1:8080/v1/events"),
    ],
)
def test_an_address(url, posts_to):
    assert str(parse_address(url)) == posts_to


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8080",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://user:secret@127.0.0.1",
        "http://127.0.0.1/?a=b",
        "http://127.0.0.1/a b",
        "http://[::1",
        "http://my host:8080",
        "http://my\x7fhost:8080",
    ],
)
def test_what_is_no_address(url):
    with pytest.raises(BadAddress) as refused:
        parse_address(url)
    assert "secret" not in str(refused.value)


def test_one_connection_carries_many_requests(engine: Engine):
    wire = transport(engine.url)
    for _ in range(3):
        wire.open()
        assert wire.post(EVENT).status == 200
    wire.close()
    assert len(engine.requests) == 3
    assert engine.connections == 1


def test_headers_and_gzip(engine: Engine):
    wire = transport(engine.url, token="t0k", compress=True)
    wire.open()
    wire.post(EVENT)
    wire.close()
    (headers,) = engine.requests
    assert headers["authorization"] == "Bearer t0k"
    assert headers["content-type"] == "application/x-ndjson"
    assert headers["content-encoding"] == "gzip"
    assert int(headers["content-length"]) == len(gzip.compress(EVENT, 1))
    assert engine.sequences == [1]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None), ("x", None)],
)
def test_retry_after(engine: Engine, said, seconds):
    engine.script(refuse(503, Retry_After=said))
    wire = transport(engine.url)
    wire.open()
    assert wire.post(EVENT).retry_after_s == seconds
    wire.close()


def test_a_cut_answer_is_no_answer_and_the_next_connects_anew(engine: Engine):
    engine.script(Do(keep=True, answer="cut"))
    wire = transport(engine.url)
    wire.open()
    with pytest.raises(Unreachable) as cut:
        wire.post(EVENT)
    assert not cut.value.stale
    wire.open()
    assert wire.post(EVENT).status == 200
    wire.close()


def test_an_answer_that_http_cannot_read_is_none(engine: Engine):
    chunked = (("Transfer-Encoding", "chunked"),)
    engine.script(Do(keep=True, answer=200, headers=chunked, body=b"-5\r\nhello\r\n0\r\n\r\n"))
    wire = transport(engine.url)
    wire.open()
    with pytest.raises(Unreachable, match="ValueError"):
        wire.post(EVENT)


def test_a_connection_that_had_answered_is_merely_stale(engine: Engine):
    wire = transport(engine.url)
    wire.open()
    wire.post(EVENT)
    engine.stop()
    with pytest.raises(Unreachable) as cut:
        wire.post(EVENT)
    assert cut.value.stale


def test_nobody_listens(dead_url):
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        transport(dead_url).open()


def test_a_huge_answer_is_not_read_to_its_end(engine: Engine):
    engine.script(Do(keep=True, answer=200, body=b"x" * 3_000_000))
    wire = transport(engine.url)
    wire.open()
    assert len(wire.post(EVENT).body) == 1_048_576
    wire.open()
    assert wire.post(EVENT).status == 200
    wire.close()


def test_what_comes_behind_a_proxys_answer_is_not_taken_for_the_next_blocks(engine: Engine):
    engine.script(refuse(408), refuse(502))
    wire = transport(engine.url)
    statuses = [wire.post(EVENT).status for _ in range(4)]
    wire.close()
    assert statuses == [408, 502, 200, 200]
    assert engine.connections == 3


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate and its key, for 127.0.0.1, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    file = tmp_path / "engine.pem"
    key = tmp_path / "key.pem"
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=t"
    paths = ["-keyout", str(key), "-out", str(file)]
    named = [*made.split(), "-addext", "subjectAltName=IP:127.0.0.1", *paths]
    subprocess.run([openssl, *named], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + key.read_bytes())
    return file


@pytest.fixture
def secure_engine(certificate) -> Iterator[Engine]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    engine = Engine()
    engine.start(tls=context)
    yield engine
    engine.stop()


def test_a_trusted_certificate(secure_engine, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    wire = transport(secure_engine.url.replace("http:", "https:"))
    wire.open()
    assert wire.post(EVENT).status == 200
    wire.close()


def test_an_untrusted_certificate_is_no_engine(secure_engine):
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        transport(secure_engine.url.replace("http:", "https:")).open()
    assert secure_engine.requests == []


def test_an_authority_that_is_put_in_place_later_is_trusted_then(
    secure_engine, certificate, monkeypatch, tmp_path
):
    authorities = tmp_path / "authorities.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    wire = transport(secure_engine.url.replace("http:", "https:"))
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        wire.open()
    authorities.write_bytes(certificate.read_bytes())
    assert wire.post(EVENT).status == 200
    wire.close()
