import ipaddress

import pytest
from starlette.requests import Request

from deskwatch.web.access.peer import Peer, peer

PROXIES = (ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("10.0.0.0/8"))


def heard(client: str | None, scheme: str = "http", **headers: str) -> Peer:
    """Return what is made of a request; header names are written with underscores."""
    sent = [(b"host", b"deskwatch:8080")]
    sent += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http", "scheme": scheme, "headers": sent, "path": "/", "server": ("deskwatch", 80),
        "query_string": b"", "client": None if client is None else (client, 1234),
    }  # fmt: skip
    return peer(Request(scope), PROXIES)


def test_what_a_stranger_says_of_where_it_comes_from_is_not_believed() -> None:
    told = heard(
        "192.0.2.9",
        x_forwarded_for="127.0.0.1",
        x_forwarded_proto="https",
        x_forwarded_host="evil.example",
        x_forwarded_user="root",
    )
    assert told == Peer("192.0.2.9", "deskwatch:8080", False, "")


def test_what_our_proxy_says_counts() -> None:
    told = heard(
        "127.0.0.1",
        x_forwarded_for="192.0.2.9",
        x_forwarded_proto="https",
        x_forwarded_host="desk.example.com",
        x_forwarded_user="ada",
    )
    assert told == Peer("192.0.2.9", "desk.example.com", True, "ada")


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        pytest.param("192.0.2.9", "192.0.2.9", id="one proxy"),
        pytest.param("192.0.2.9, 10.0.0.7", "192.0.2.9", id="two proxies of ours"),
        pytest.param("6.6.6.6, 192.0.2.9", "192.0.2.9", id="what the client itself put in front"),
        pytest.param("10.0.0.8, 10.0.0.7", "10.0.0.8", id="nobody but proxies"),
        pytest.param("nonsense", "127.0.0.1", id="what is no address"),
        pytest.param("", "127.0.0.1", id="nothing"),
        pytest.param("2001:db8::1", "2001:db8::1", id="IPv6"),
    ],
)
def test_the_nearest_that_is_no_proxy_of_ours(chain: str, address: str) -> None:
    assert heard("127.0.0.1", x_forwarded_for=chain).address == address


def test_a_peer_of_a_socket_that_takes_both_kinds_is_known_as_what_it_is() -> None:
    assert heard("::ffff:10.1.2.3", x_forwarded_for="192.0.2.9").address == "192.0.2.9"


def test_without_an_address_nothing_is_trusted() -> None:
    assert heard(None, x_forwarded_for="192.0.2.9", scheme="https") == Peer(
        "", "deskwatch:8080", True, ""
    )
