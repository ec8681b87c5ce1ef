"""`connect`: from an address to a desk."""

import atexit
import logging
import os
from pathlib import Path

from deskwatch.sdk.desk import Desk, StartSender, renew_after_fork
from deskwatch.sdk.ending import deliver_at_exit
from deskwatch.sdk.notices import Notices
from deskwatch.sdk.outbox import Outbox
from deskwatch.sdk.settings import DEFAULTS, Settings, usable

DEFAULT_URL = "http://127.0.0.1:8080"

#: The engine refuses every event of a longer one (docs/events.md).
LONGEST_SOURCE = 64


def connect(
    url: str | None = None,
    *,
    source: str = "unnamed",
    token: str | None = None,
    token_file: str | Path | None = None,
    settings: Settings = DEFAULTS,
) -> Desk:
    """Return a desk that sends to the engine at `url`. The engine need not be up.

    source: names this producer; each process of a platform should have a name of its own.
    url, token: else the environment's DESKWATCH_URL and DESKWATCH_TOKEN. token_file: read again
    when the engine refuses the token. An address that can't be one, or whatever else does not
    do, does not raise either: it is logged as an error, and the desk drops and counts every event.
    """
    try:
        settings, wrong = usable(settings)
        for name in wrong:
            message = f"{name} can't be what it was set to; the default stands in its place"
            Notices().say(logging.ERROR, name, message)
        return Desk(_sender_starter(url, source, token, token_file, settings), settings)
    except Exception as error:  # noqa: BLE001  # whatever was passed, the program goes on
        why = f"{type(error).__name__}: {error}"
        Notices().say(logging.ERROR, "connect", f"no events will be sent: {why}")
        return Desk(None, DEFAULTS, trouble=why)


def _sender_starter(
    url: str | None,
    source: str,
    token: str | None,
    token_file: str | Path | None,
    settings: Settings,
) -> StartSender:
    """Return what starts the sender. Raises BadAddress, TypeError, ValueError for what can't be."""
    # Here and not above: they bring http.client, ssl and json, 40 ms that an import need not cost.
    from deskwatch.sdk.credentials import Credentials  # noqa: PLC0415
    from deskwatch.sdk.sender import Sender  # noqa: PLC0415
    from deskwatch.sdk.transport import Transport, parse_address  # noqa: PLC0415

    if not isinstance(source, str):
        raise TypeError(f"source is {type(source).__name__}; expected text")
    if not 1 <= len(source) <= LONGEST_SOURCE:
        raise ValueError(f"source has {len(source)} characters; expected 1 to {LONGEST_SOURCE}")
    address = parse_address(url or os.environ.get("DESKWATCH_URL") or DEFAULT_URL)
    credentials = Credentials(token or os.environ.get("DESKWATCH_TOKEN", ""), token_file)
    compress = not address.on_loopback if settings.gzip is None else settings.gzip
    if credentials.token() and not (address.secure or address.on_loopback):
        message = f"the token goes to {address} unencrypted"
        Notices().say(logging.WARNING, "unencrypted", message)

    def start_sender(outbox: Outbox) -> None:
        transport = Transport(
            address,
            token=credentials.token,
            timeout_s=settings.timeout_s,
            compress=compress,
        )
        Sender(outbox, transport, credentials, source=source, settings=settings).start()

    return start_sender


atexit.register(deliver_at_exit)
if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=renew_after_fork)
