"""Any other service as a channel, through Apprise: mail, Slack, Discord, Pushover, webhooks."""

import asyncio
import logging
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

import structlog
from msgspec import Struct

from deskwatch.core.notification import Notification, Retry
from deskwatch.notify import plain
from deskwatch.notify.pace import LaneLimits, Pace
from deskwatch.notify.secret import Secret

if TYPE_CHECKING:
    from apprise import Apprise

log = structlog.get_logger()

#: A mail box or a webhook takes less than a chat; a flood becomes a digest here, too.
_LIMITS: Final = LaneLimits(per_second=1, burst=4, refill_s=4.0, kept_for_pages=2)
#: Messages that an address may be behind by. It would get more as a flood, when they are old, and
#: another address has had each of them.
_MOST_BEHIND: Final = 4
#: Loggers that write whole addresses, with the tokens in them.
_TALKATIVE: Final = ("apprise", "urllib3.connectionpool")


class AppriseSettings(Struct, frozen=True, kw_only=True):
    """What the second channel is told.

    urls: Apprise's addresses, with passwords and tokens in them. contacts: who is on call.
    simulated: accounts that trade nothing real; what is told of one of them alone begins with DRILL
    and calls nobody. timeout_s: for one message.
    """

    urls: Sequence[Secret]
    page_url: str = ""
    contacts: Sequence[str] = ()
    simulated: frozenset[str] = frozenset()
    timeout_s: float = 60.0
    patience_s: float = 60.0


class BadAddress(ValueError):
    """An address that Apprise can't read; the text says which one, not what is in it."""


class AppriseChannel:
    """Sends plain text to every address. See notify.channel.Channel. Raises BadAddress.

    To make one takes a second, for Apprise loads all it knows: do it before the event loop runs.

    It counts as delivered once one address has it: the others may be fallbacks, and who got it must
    not get it again.
    """

    name = "apprise"

    def __init__(self, settings: AppriseSettings, clock: Callable[[], int]) -> None:
        self._settings = settings
        self._pace = Pace(clock, _LIMITS.per_second, lambda _: _LIMITS)
        self._addresses = [_Address(_service(url, n), n) for n, url in enumerate(settings.urls, 1)]
        if not self._addresses:
            raise BadAddress("expected at least one address")

    @property
    def patience_s(self) -> float:
        """How long it may fail until pages also go to the next channel."""
        return self._settings.patience_s

    def lane(self, notification: Notification) -> str:  # noqa: ARG002
        """Return the one lane that there is."""
        return ""

    def wait_s(self, lane: str, *, page: bool) -> float:
        """Return how long until a message may leave."""
        return self._pace.wait_s(lane, page=page)

    def room(self, lane: str) -> int:
        """Return how many pages could leave at once."""
        return self._pace.room(lane)

    def leaving(self, lane: str) -> AbstractContextManager[None]:
        """Count a message from now until it has been answered."""
        return self._pace.leaving(lane)

    async def deliver(self, notification: Notification) -> None:
        """Return once an address has it; to the others it goes on its way. Raises Retry."""
        settings = self._settings
        title = plain.title(notification, settings.simulated)
        body = plain.body(
            notification, settings.page_url, settings.contacts, simulated=settings.simulated
        )
        sent = {one: one.send(title, body) for one in self._addresses}
        loop, waiting = asyncio.get_running_loop(), set(sent.values())
        end = loop.time() + self._settings.timeout_s
        while waiting and (left := end - loop.time()) > 0:
            answered, waiting = await asyncio.wait(
                waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            # Nobody waits for one that hangs, nor does the next page.
            if any(one.result() for one in answered):
                for address, sending in sent.items():
                    sending.add_done_callback(address.tell_failed)
                return
        if waiting:
            raise Retry("no answer in time", ambiguous=True)
        raise Retry("no address took it")

    async def close(self) -> None:
        """Wait for no address that does not answer: each has a limit of its own."""
        for one in self._addresses:
            one.close()


class _Address:
    """One of them, with a thread of its own: what hangs there holds up nothing else."""

    def __init__(self, service: "Apprise", number: int) -> None:
        self._service = service
        self._number = number
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="apprise")
        self._under_way: set[asyncio.Future[bool]] = set()

    def send(self, title: str, body: str) -> asyncio.Future[bool]:
        """Return whether it takes a message, once that is known; not where it is too far behind."""
        loop = asyncio.get_running_loop()
        if len(self._under_way) > _MOST_BEHIND:
            sending = loop.create_future()
            sending.set_result(False)
            return sending
        sending = loop.run_in_executor(self._thread, _notify, self._service, title, body)
        self._under_way.add(sending)
        sending.add_done_callback(self._under_way.discard)
        return sending

    def tell_failed(self, sending: asyncio.Future[bool]) -> None:
        """Log that it did not take what another address did."""
        if not sending.cancelled() and not sending.result():
            log.warning("apprise_address_failed", number=self._number)

    def close(self) -> None:
        """Wait for nothing any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        for one in self._under_way:
            one.cancel()


def _service(url: Secret, number: int) -> "Apprise":
    """Return one address' service. Raises BadAddress."""
    # Apprise takes a while to import, and many desks have no second channel.
    from apprise import Apprise  # noqa: PLC0415

    for name in _TALKATIVE:
        logging.getLogger(name).disabled = True
    service = Apprise()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its plugins' own imports
        if not service.add(url.reveal()):
            raise BadAddress(f"address {number} is not one that Apprise knows")
    return service


def _notify(service: "Apprise", title: str, body: str) -> bool:
    from apprise import NotifyFormat  # noqa: PLC0415  as above

    # Not said, it would go into HTML and Markdown as it is, with whatever an event says in it.
    return bool(service.notify(body=body, title=title, body_format=NotifyFormat.TEXT))
