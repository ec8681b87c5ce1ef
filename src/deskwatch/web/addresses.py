"""The list of addresses, for whoever asks the engine without the page."""

import html
from collections.abc import Iterable
from typing import Final

#: Nothing on it is loaded from anywhere, and nothing may frame it or be run by it.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

#: What stands on the page's own place where it was not built.
NOT_BUILT: Final = (
    "<p>The page itself is not in this installation: <code>pip install .</code> in a checkout "
    "builds it.</p>\n"
)

_TOP: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>deskwatch</title>
</head>
<body>
<h1>deskwatch</h1>
"""

_ADDRESSES: Final = """<p>This engine keeps a trading desk's books. These are its addresses.</p>
<h2>Figures, as JSON</h2>
<ul>
<li><a href="/api/v1/pnl">/api/v1/pnl</a>: P&amp;L by strategy and by account</li>
<li><a href="/api/v1/pnl/hourly">/api/v1/pnl/hourly</a>: by clock hour, the last 24 hours unless
<code>from</code> and <code>to</code> say otherwise</li>
<li><a href="/api/v1/pnl/daily">/api/v1/pnl/daily</a>: by day, the last 30 days unless they do</li>
<li><a href="/api/v1/positions">/api/v1/positions</a>: positions, their value and P&amp;L</li>
<li><a href="/api/v1/exposure">/api/v1/exposure</a>: what is held, by account, strategy, venue,
instrument and currency; margin</li>
<li><a href="/api/v1/limits">/api/v1/limits</a>: what is used of each limit, and what lacks one</li>
<li><a href="/api/v1/var">/api/v1/var</a>: value at risk, expected shortfall, and whether they were
right</li>
<li><a href="/api/v1/orders">/api/v1/orders</a>: open orders</li>
<li><a href="/api/v1/execution">/api/v1/execution</a>: how orders are answered and filled</li>
<li><a href="/api/v1/latency">/api/v1/latency</a>: how long things take, and clocks</li>
<li><a href="/api/v1/breakers">/api/v1/breakers</a>: breakers, kill switches, dead-man timers</li>
<li><a href="/api/v1/drills">/api/v1/drills</a>: what the last drills found</li>
<li><a href="/api/v1/feeds">/api/v1/feeds</a>: feeds and sessions, and which are silent</li>
<li><a href="/api/v1/services">/api/v1/services</a>: services and heartbeats</li>
<li><a href="/api/v1/reconciliation">/api/v1/reconciliation</a>: the venues' reports beside the
books: what agrees, what breaks, what is unknown</li>
<li><a href="/api/v1/anomalies">/api/v1/anomalies</a>: P&amp;L against its own history</li>
<li><a href="/api/v1/health">/api/v1/health</a>: this machine and the platform's processes</li>
<li><a href="/api/v1/status">/api/v1/status</a>: the engine, its journal, and what it refused</li>
<li><a href="/api/v1/stream?topics=pnl">/api/v1/stream?topics=pnl,breakers</a>: any of these as they
change, as server-sent events</li>
</ul>
<h2>Alerts, as JSON</h2>
<ul>
<li><a href="/api/v1/alerts">/api/v1/alerts</a>: what fires and what is about to, and how rules and
channels fare</li>
<li><a href="/api/v1/alerts/history">/api/v1/alerts/history</a>: what fired, who was told when, and
who did what</li>
<li><a href="/api/v1/silences">/api/v1/silences</a>: what is kept quiet</li>
</ul>
<h2>For machines</h2>
<ul>
<li><a href="/metrics">/metrics</a>: for Prometheus</li>
<li><code>POST /v1/events</code>: events in, one JSON object a line</li>
<li><a href="/api/v1/events/schema">/api/v1/events/schema</a>: the JSON Schema of events</li>
<li><a href="/healthz">/healthz</a> (alive) and <a href="/readyz">/readyz</a> (replayed, and
keeping events)</li>
</ul>
</body>
</html>
"""


def addresses(contacts: Iterable[str], notice: str = "") -> bytes:
    """Return the list. contacts: lines of text, whatever is in them; notice: HTML above it all."""
    return f"{_TOP}{notice}{on_call(contacts)}{_ADDRESSES}".encode()


def on_call(contacts: Iterable[str]) -> str:
    """Return whom to call as HTML; nothing where nobody is named."""
    items = "".join(f"<li>{html.escape(contact)}</li>\n" for contact in contacts)
    return f"<h2>On call</h2>\n<ul>\n{items}</ul>\n" if items else ""
