"""What a platform offers to drills, over HTTP: docs/drills.md, "The gateway"."""

from typing import Final, Literal, Protocol, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from deskwatch.drills.verdict import Unavailable

BreakerState = Literal["closed", "open", "half_open"]

#: An answer takes no longer than this, whatever a step's own time is.
_ANSWER_S: Final = 5.0

#: Statuses that say what is wrong with us rather than with the platform.
_REFUSALS: Final = {401: "unauthorized", 403: "not_simulated"}


class Reply(Struct, frozen=True):
    """The answer to an order. order_id: of one that was taken; code: why one was refused."""

    accepted: bool
    order_id: str = ""
    code: str = ""


class Standing(Struct, frozen=True):
    """How the account's breaker stands."""

    state: BreakerState


class Gateway(Protocol):
    """What drills do on a simulated account. Each call raises Unavailable."""

    async def submit(self, account: str) -> Reply:
        """Submit one order that can't trade, as the platform's own would be."""
        ...

    async def cancel(self, account: str, order_id: str) -> None:
        """Cancel an order that was taken."""
        ...

    async def lose(self, account: str, amount: str) -> Standing:
        """Book a synthetic loss of `amount`, above zero, and return how the breaker then stands."""
        ...

    async def breaker(self, account: str) -> Standing:
        """Return how the account's breaker stands."""
        ...

    async def reset(self, account: str, actor: str) -> Standing:
        """Close the breaker and forget synthetic losses; return how it then stands."""
        ...


class _Order(Struct, frozen=True):
    account: str


class _Loss(Struct, frozen=True):
    account: str
    amount: str


class _Reset(Struct, frozen=True):
    account: str
    actor: str


Answer = TypeVar("Answer", bound=Struct)


class HttpGateway:
    """A platform's gateway at a URL; see Gateway."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str | None) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    async def submit(self, account: str) -> Reply:
        """Submit one order."""
        answer = await self._ask("POST", "orders", _Order(account))
        return _decoded(answer, Reply)

    async def cancel(self, account: str, order_id: str) -> None:
        """Cancel one order."""
        await self._ask("POST", f"orders/{_quoted(order_id)}/cancel", _Order(account))

    async def lose(self, account: str, amount: str) -> Standing:
        """Book a synthetic loss."""
        return _decoded(await self._ask("POST", "losses", _Loss(account, amount)), Standing)

    async def breaker(self, account: str) -> Standing:
        """Ask how the breaker stands."""
        return _decoded(await self._ask("GET", f"breakers/{_quoted(account)}"), Standing)

    async def reset(self, account: str, actor: str) -> Standing:
        """Close the breaker."""
        answer = await self._ask(
            "POST", f"breakers/{_quoted(account)}/reset", _Reset(account, actor)
        )
        return _decoded(answer, Standing)

    async def _ask(self, method: str, path: str, body: Struct | None = None) -> httpx.Response:
        content = None if body is None else msgspec.json.encode(body)
        try:
            answer = await self._http.request(
                method,
                f"{self._url}/v1/drill/{path}",
                content=content,
                headers={**self._headers, "Content-Type": "application/json"},
                timeout=_ANSWER_S,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("unavailable", str(error) or type(error).__name__) from None
        if not answer.is_success:
            reason = _REFUSALS.get(answer.status_code, "unavailable")
            raise Unavailable(reason, f"{method} {path} was answered {answer.status_code}")
        return answer


def _quoted(name: str) -> str:
    """Return a name as one part of a path, whatever is in it."""
    return quote(name, safe="")


def _decoded(answer: httpx.Response, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable("unavailable", f"no answer of a gateway: {error}") from None
