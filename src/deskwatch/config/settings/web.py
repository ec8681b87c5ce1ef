"""Handing the HTTP service its part of the configuration.

Apart from the package's other names: it takes the HTTP service to import it.
"""

import ipaddress
from urllib.parse import urlsplit

from deskwatch.config.model import Config
from deskwatch.config.values import revealed
from deskwatch.web.settings import WebSettings


def web_settings(config: Config) -> WebSettings:
    """Return what the HTTP service is told."""
    server, page = config.server, config.page
    return WebSettings(
        token=revealed(server.token),
        viewer_password=revealed(page.viewer_password),
        operator_password=revealed(page.operator_password),
        session_hours=page.session_hours,
        trusted_proxies=tuple(map(ipaddress.ip_network, page.trusted_proxies)),
        hosts=_hosts(config.notify.page_url),
        max_body_bytes=server.max_body_bytes,
        max_line_bytes=min(server.max_line_bytes, server.max_body_bytes),
        max_pending_bytes=max(4 * server.max_body_bytes, 64 << 20),
        contacts=tuple(config.oncall.contacts),
    )


def _hosts(page_url: str | None) -> frozenset[str]:
    """Return the name that people know the page by."""
    host = urlsplit(page_url or "").hostname
    return frozenset() if host is None else frozenset({host})
