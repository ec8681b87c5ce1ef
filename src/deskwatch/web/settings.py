"""What can be set about the HTTP service."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from deskwatch.web.access.peer import Network

MIB = 1 << 20

#: Where the build puts the page.
_STATIC: Final = Path(__file__).with_name("static")


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    """The bounds and the secret of the HTTP service.

    token: what `Authorization: Bearer …` must carry, for programs.
    viewer_password, operator_password: for people, see `gate`; without any of the three, nobody is
    asked. session_hours: how long one is signed in.
    trusted_proxies: whose X-Forwarded headers count.
    hosts: dotted names this service is called by while nobody is asked, see `gate`.
    max_body_bytes: the largest body, as sent and again after decompression.
    max_line_bytes: the longest event; a longer one is refused alone.
    max_lines: the most lines, or array elements, in one body.
    max_pending_bytes: all bodies held in memory at once; what would be more is answered 429.
    body_timeout_s: how long a sender may take over one body.
    max_rows: the most rows of P&L history in one answer.
    contacts: who is on call, shown on the page to whoever reaches it.
    static: the folder of the built page; without it the page is a list of addresses.
    Raises ValueError on an empty token or password, or on bounds that no request could meet.
    """

    token: str | None = field(default=None, repr=False)
    viewer_password: str | None = field(default=None, repr=False)
    operator_password: str | None = field(default=None, repr=False)
    session_hours: int = 12
    trusted_proxies: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    max_body_bytes: int = 16 * MIB
    max_line_bytes: int = 64 * 1024
    max_lines: int = 50_000
    max_pending_bytes: int = 64 * MIB
    body_timeout_s: float = 30.0
    max_rows: int = 20_000
    contacts: tuple[str, ...] = ()
    static: Path = _STATIC

    def __post_init__(self) -> None:
        if "" in (self.token, self.viewer_password, self.operator_password):
            raise ValueError("a token or password is empty; leave it out to ask for none")
        if not 0 < self.max_line_bytes <= self.max_body_bytes <= self.max_pending_bytes:
            raise ValueError(
                "expected 0 < max_line_bytes <= max_body_bytes <= max_pending_bytes, found "
                f"{self.max_line_bytes}, {self.max_body_bytes}, {self.max_pending_bytes}"
            )

    def for_bodies(self, most: int) -> Self:
        """Return the settings for bodies of at most `most` bytes, however long those of events."""
        return replace(
            self,
            max_body_bytes=most,
            max_line_bytes=min(most, self.max_line_bytes),
            max_pending_bytes=max(most, self.max_pending_bytes),
        )
