"""Recorded position and balance messages beside the fills that came with them, in arrival order.

`python -m tests.conformance.reconciliation` prints the table of docs/reconciliation.md; with
`--write` it goes into the document.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

import msgspec

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.event import Event
from deskwatch.core.observation import BalanceReport, PositionReport
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.settings import BooksSettings
from tests.conformance import bitget
from tests.conformance.case import FOLDER, REPOSITORY
from tests.conformance.desk import text
from tests.made_part import MadePart

PART: Final = MadePart(
    REPOSITORY / "docs" / "reconciliation.md",
    "<!-- recorded messages: made by tests/conformance/reconciliation.py -->\n",
    "<!-- end of the recorded messages -->\n",
)
PAYLOADS: Final = FOLDER.parent / "02_venue_payloads"
SESSIONS: Final = FOLDER / "bitget_sessions"

Arrival = tuple[int, Event]


class Outcome(NamedTuple):
    """What came of a source. at_end: how each figure stood a minute after the last message.

    broken: figures that were a break at any message on the way.
    """

    name: str
    fills: int
    reports: int
    at_end: dict[str, int]
    broken: int
    named: str


def outcome(name: str, arrivals: Iterable[Arrival]) -> Outcome:
    """Tell the books of each message as it arrived."""
    books = Books(BooksSettings())
    counts: Counter[type[Event]] = Counter()
    broken: set[tuple[str, str]] = set()
    for at, happened in arrivals:
        books.begin(max(at, books.now))
        assert books.apply(happened), happened
        counts[type(happened)] += 1
        broken |= {
            (one.subject, one.symbol)
            for one in books.reconciliation.findings(books.now, books.watch)
            if one.standing == "break"
        }
    found = list(books.reconciliation.findings(books.now + MINUTE, books.watch))
    named = sorted(
        f"{one.symbol} {one.kind or one.reason}" for one in found if one.standing != "ok"
    )
    reports = counts[PositionReport] + counts[BalanceReport]
    at_end = Counter(str(one.standing) for one in found)
    return Outcome(name, counts[event.Fill], reports, at_end, len(broken), ", ".join(named))


def described(venue: str, symbol: str, at: int, **terms: Any) -> event.Instrument:
    base = {"base": symbol, "quote": "USD", "price_increment": "0.0001"} | terms
    return event.Instrument(event_time=at, venue=venue, symbol=symbol, **base)


def sessions() -> Iterator[Outcome]:
    for file in sorted(SESSIONS.glob("*.jsonl")):
        name = file.name.removesuffix("-futures.jsonl")
        yield outcome(f"Bitget session {name}", _session(file))


def _session(file: Path) -> Iterator[Arrival]:
    """Yield a session's messages, each at the time that its name says it arrived."""
    lines = [msgspec.json.decode(one, type=bitget.Line) for one in file.read_bytes().splitlines()]
    is_raw = b'"arg"' in bytes(lines[0].payload)
    start = _arrived(lines[0].name) - 24 * 60 * MINUTE
    place: dict[str, Any] = {"venue": "BITGET", "symbol": "BTCUSDT"}
    perpetual: dict[str, Any] = {"instrument_type": "perpetual", "base": "BTC", "quote": "USDT"}
    yield start, described("BITGET", "BTCUSDT", start, **perpetual)
    messages = bitget._websocket if is_raw else bitget._library
    fills = 0
    ahead = _recorder_ahead(messages(lines), _arrivals(lines, is_raw=is_raw))
    for message, arrived in zip(messages(lines), _arrivals(lines, is_raw=is_raw), strict=True):
        now = arrived - ahead
        if isinstance(message, bitget.Execution):
            fills += 1
            yield now, event.Fill(
                event_time=message.at, account="A1", side=message.side,
                quantity=text(message.quantity), price=text(message.price),
                exec_id=f"E{fills}", fee=text(message.fee), **place,
            )  # fmt: skip
        elif isinstance(message, bitget.Held):
            yield (
                now,
                PositionReport(
                    event_time=now, account="A1", quantity=text(message.quantity), **place
                ),
            )
        elif isinstance(message, bitget.Wallet):
            yield now, BalanceReport(
                event_time=now, account="A1", venue="BITGET", currency="USDT",
                total=text(message.amount),
            )  # fmt: skip


def _recorder_ahead(messages: Iterator[bitget.Message], arrivals: Iterator[int]) -> int:
    """Return how many hours (in ns) a recorder's local time is ahead of the fills' own."""
    for message, arrived in zip(messages, arrivals, strict=True):
        if isinstance(message, bitget.Execution):
            return round((arrived - message.at) / (60 * MINUTE)) * 60 * MINUTE
    return 0


def _arrivals(lines: list[bitget.Line], *, is_raw: bool) -> Iterator[int]:
    """Yield when each message of the dialect's reader arrived; one line may hold several."""
    for line in lines:
        one = [line]
        if is_raw:
            raw = msgspec.json.decode(line.payload, type=bitget.Raw)
            markets = [msgspec.json.decode(each.payload, type=bitget.Raw) for each in lines]
            market = next(each.arg.inst_type for each in markets if each.arg.channel == "orders")
            if raw.arg.inst_type != market:
                continue
            count = len(raw.data) or int(raw.arg.channel == "positions")
        else:
            count = len(list(bitget._library(one))) if line.name.startswith(("bal", "pos")) else 1
        yield from [_arrived(line.name)] * count


def _arrived(name: str) -> int:
    stamp = "_".join(name.split("_")[-7:])
    moment = datetime.strptime(f"{stamp}000", "%Y_%m_%d_%H_%M_%S_%f").replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000) * 1_000_000


def flex() -> Outcome:
    """IBKR Flex: a deposit, a trade and the position that a month's statement ends with."""
    root = ET.parse(PAYLOADS / "ibkr_flex" / "activity_basic.xml").getroot()

    def arrivals() -> Iterator[Arrival]:
        (trade,), (held,) = root.findall(".//Trade"), root.findall(".//OpenPosition")
        (paid,) = root.findall(".//CashTransaction")
        at = {
            name: _stamp(one)
            for name, one in (
                ("paid", paid.attrib["dateTime"]),
                ("trade", trade.attrib["tradeDate"] + ";" + trade.attrib["tradeTime"]),
                ("held", held.attrib["reportDate"] + ";235959"),
            )
        }
        place: dict[str, Any] = {"venue": "IBKR", "symbol": "AAPL"}
        yield at["paid"], described("IBKR", "AAPL", at["paid"], instrument_type="equity")
        yield (
            at["paid"],
            event.Cash(
                event_time=at["paid"], account="U1", amount=paid.attrib["amount"], currency="USD"
            ),
        )
        yield at["trade"], event.Fill(
            event_time=at["trade"], account="U1", side="buy", exec_id=trade.attrib["ibExecID"],
            quantity=trade.attrib["quantity"], price=trade.attrib["tradePrice"],
            fee=str(-Decimal(trade.attrib["ibCommission"])), **place,
        )  # fmt: skip
        yield (
            at["held"],
            PositionReport(
                event_time=at["held"], account="U1", quantity=held.attrib["position"], **place
            ),
        )

    return outcome("IBKR Flex, a month's statement", arrivals())


def _stamp(text: str) -> int:
    moment = datetime.strptime(text, "%Y-%m-%d;%H%M%S").replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND


def dydx() -> Outcome:
    """dYdX: the latest fills, of which the first are missing, and an account that is flat."""
    folder = PAYLOADS / "nautilus" / "dydx"
    fills = msgspec.json.decode((folder / "http_get_fills.json").read_bytes())["result"]["fills"]
    account = msgspec.json.decode((folder / "http_get_subaccount.json").read_bytes())

    def arrivals() -> Iterator[Arrival]:
        place: dict[str, Any] = {"venue": "DYDX", "symbol": "BTC-USD"}
        start = _iso(fills[-1]["createdAt"])
        yield start, described("DYDX", "BTC-USD", start, instrument_type="perpetual")
        for fill in reversed(fills):
            at = _iso(fill["createdAt"])
            yield at, event.Fill(
                event_time=at, account="0", side=fill["side"].lower(), exec_id=fill["id"],
                quantity=fill["size"], price=fill["price"], fee=fill["fee"], **place,
            )  # fmt: skip
        at = _iso(account["isoTimestamp"])
        open_now = account["result"]["subaccount"]["openPerpetualPositions"]
        assert open_now == {}
        yield at, PositionReport(event_time=at, account="0", quantity="0", **place)

    return outcome("dYdX, latest fills and positions", arrivals())


def _iso(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000) * 1_000_000


def bybit() -> Outcome:
    """Bybit: positions of an account whose fills never came; one of them flat, with no side."""
    payload = (PAYLOADS / "nautilus" / "bybit" / "http_get_positions.json").read_bytes()

    def arrivals() -> Iterator[Arrival]:
        for said in msgspec.json.decode(payload)["result"]["list"]:
            at = int(said["updatedTime"]) * 1_000_000
            size = f"-{said['size']}" if said["side"] == "Sell" else said["size"]
            yield (
                at,
                PositionReport(
                    event_time=at, account="A1", venue="BYBIT", symbol=said["symbol"], quantity=size
                ),
            )

    return outcome("Bybit, positions without fills", arrivals())


def outcomes() -> list[Outcome]:
    return [*sessions(), flex(), dydx(), bybit()]


def render() -> str:
    """Return the table that stands between the markers."""
    head = [
        "| source | fills | reports | agree at the end | break | unknown | which | ever a break |",
        "|---|---:|---:|---:|---:|---:|---|---:|",
    ]
    rows = [
        f"| {one.name} | {one.fills} | {one.reports} | {one.at_end.get('ok', 0)} "
        f"| {one.at_end.get('break', 0)} | {one.at_end.get('unknown', 0)} "
        f"| {one.named} | {one.broken} |"
        for one in outcomes()
    ]
    return "\n".join([*head, *rows]) + "\n"


if __name__ == "__main__":
    PART.show(render())
