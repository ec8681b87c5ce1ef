"""`connect`: from an address to a desk."""

import atexit
import logging
import os
from pathlib import Path

from deskwatch.sdk.desk import Desk, renew_after_fork
from deskwatch.sdk.ending import deliver_at_exit
from deskwatch.sdk.outbox import Outbox
from deskwatch.sdk.settings import DEFAULTS, Settings

DEFAULT_URL = "http://127.0.0.1:8080"

_log = logging.getLogger("deskwatch.sdk")


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
    when the engine refuses the token. An address that can't be one does not raise either: it is
    logged as an error, and the desk drops and counts every event.
    """
    # Here and not above: they bring http.client, ssl and json, 40 ms that an import need not cost.
    from deskwatch.sdk.credentials import Credentials  # noqa: PLC0415
    from deskwatch.sdk.sender import Sender  # noqa: PLC0415
    from deskwatch.sdk.transport import BadAddress, Transport, parse_address  # noqa: PLC0415

    try:
        address = parse_address(url or os.environ.get("DESKWATCH_URL") or DEFAULT_URL)
    except BadAddress as error:
        _log.error("no events will be sent: %s", error)
        return Desk(None, settings, trouble=f"bad address: {error}")
    credentials = Credentials(token or os.environ.get("DESKWATCH_TOKEN", ""), token_file)
    compress = not address.on_loopback if settings.gzip is None else settings.gzip
    if credentials.token() and not (address.secure or address.on_loopback):
        _log.warning("the token goes to %s unencrypted", address)

    def start_sender(outbox: Outbox) -> None:
        transport = Transport(
            address,
            token=credentials.token,
            timeout_s=settings.timeout_s,
            compress=compress,
        )
        Sender(outbox, transport, credentials, source=source, settings=settings).start()

    return Desk(start_sender, settings)


atexit.register(deliver_at_exit)
if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=renew_after_fork)
