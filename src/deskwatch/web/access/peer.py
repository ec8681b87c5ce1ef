"""Where a request comes from, and by what address it was meant for us.

What a proxy says of it counts only if the proxy is one of ours: anybody can write these headers.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from starlette.datastructures import Headers
from starlette.requests import Request

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: The longest chain of proxies that is followed.
_MOST_HOPS: Final = 16

#: One customer's network; who has it has all its addresses.
_IPV6_PREFIX: Final = 64


class Peer(Struct, frozen=True):
    """Who is at the other end.

    address: of the last one that none of our proxies is; empty where there is none, as on a Unix
    socket. host: as the Host header. user: whom the proxy let in, empty where it doesn't say.
    """

    address: str
    host: str
    is_https: bool
    user: str


def peer(request: Request, trusted: Sequence[Network]) -> Peer:
    """Return where a request comes from. trusted: our proxies."""
    headers, client = request.headers, request.client
    direct = "" if client is None else client.host
    host, is_https = headers.get("host", ""), request.url.scheme == "https"
    if not _is_trusted(direct, trusted):
        return Peer(direct, host, is_https, "")
    proto = _last(headers, "x-forwarded-proto")
    return Peer(
        address=_origin(direct, _listed(headers, "x-forwarded-for"), trusted),
        host=_last(headers, "x-forwarded-host") or host,
        is_https=proto.lower() == "https" if proto else is_https,
        user=_last(headers, "x-forwarded-user"),
    )


def network(address: str) -> str:
    """Return what whoever has `address` has all of: that alone, or of IPv6 its /64."""
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found), _IPV6_PREFIX), strict=False))
    return address if found is None else str(found)


def is_this_machine(address: str) -> bool:
    """Return whether `address` is of this machine alone, or there is none, as on a Unix socket."""
    found = _address(address)
    return not address or (found is not None and found.is_loopback)


def _origin(direct: str, chain: list[str], trusted: Sequence[Network]) -> str:
    """Return the nearest address that isn't a proxy of ours; each proxy adds whom it heard."""
    nearest = direct
    for text in reversed(chain[-_MOST_HOPS:]):
        if _address(text) is None or not _is_trusted(nearest, trusted):
            break
        nearest = text
    return nearest


def _is_trusted(text: str, trusted: Sequence[Network]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in trusted)


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # An IPv4 peer of a socket that takes both.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _listed(headers: Headers, name: str) -> list[str]:
    return [one.strip() for value in headers.getlist(name) for one in value.split(",")]


def _last(headers: Headers, name: str) -> str:
    """Return what the nearest proxy said."""
    values = _listed(headers, name)
    return values[-1] if values else ""
