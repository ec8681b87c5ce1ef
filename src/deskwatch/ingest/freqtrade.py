"""A freqtrade bot's own trade database as events: `deskwatch import freqtrade FILE.sqlite`.

The fills of a closed trade add up to the bot's own `close_profit_abs`. freqtrade computes

    entry value = amount × open_rate × (1 ± fee_open)
    exit value  = amount × close_rate × (1 ∓ fee_close)
    profit      = the difference, turned round for a short, + funding fees, to 8 decimals

in the quote currency, with fee rates that it keeps for a trade as a whole. So the fee of a fill is
its value × that rate, in the quote currency, whatever coin the venue took it in; and where the
venue took it in the base coin, the quantity is what was left. The database keeps amounts in the
base coin even where the venue trades contracts, so the multiplier is 1. Floats become the shortest
decimal that reads back as the same float; beyond 18 decimals, the finest that the books take, they
are rounded half-even.

The rates are those of the newest order: an entry that fills later restates the fees of what filled
before it, in the bot's own figures, and so it does here.

What is still open is left out until it is done: the rest of an open order, and the funding of an
open trade that no order has settled yet.

Source: freqtrade/persistence/trade_model.py (`calculate_profit`, `recalc_trade_from_orders`),
freqtrade/leverage/interest.py, freqtrade/exchange/exchange.py (`_order_contracts_to_amount`).
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from deskwatch.core.event import (
    UNATTRIBUTED,
    Correction,
    Event,
    Fill,
    Funding,
    Instrument,
    Side,
)
from deskwatch.core.money import MAX_DECIMALS
from deskwatch.core.period import HOUR
from deskwatch.ingest.block import MAX_BLOCK_LINES
from deskwatch.ingest.freqtrade_rows import NotFreqtrade, Order, Trade, read_trades

#: Wide enough for price × quantity × rate of three floats, exactly.
_EXACT: Final = Context(prec=120, rounding=ROUND_HALF_EVEN)
_FINEST: Final = Decimal(1).scaleb(-MAX_DECIMALS)

#: freqtrade states profits to 8 decimals: what is left over below half of that is float noise.
_NOISE: Final = Decimal("0.000000005")

Move = Fill | Correction | Funding

_LABEL: Final = 64
_IDENTIFIER: Final = 128


def blocks(path: Path, account: str) -> Iterator[bytes]:
    """Return the events of `events` as blocks of JSON lines, ready to be submitted in order."""
    encode = msgspec.json.Encoder().encode
    lines: list[bytes] = []
    for happened in events(path, account):
        lines.append(encode(happened))
        if len(lines) == MAX_BLOCK_LINES:
            yield b"\n".join(lines) + b"\n"
            lines = []
    if lines:
        yield b"\n".join(lines) + b"\n"


def events(path: Path, account: str) -> Iterator[Event]:
    """Return what the bot's database says, oldest first; each instrument before its first fill.

    `source` is named after the file. Fills carry the bot's own order ids and funding a reference,
    so a database that grew can be imported again: the books know them.
    There are no sequence numbers: an order that fills late would shift those of the later ones.
    Raises FileNotFoundError, NotFreqtrade, and sqlite3.OperationalError when it stays locked.
    """
    trades = read_trades(path)
    source = f"freqtrade:{path.stem}"[:_LABEL]
    # The sort is stable: at the same time an entry stays before its exit.
    moves = sorted(
        (move for trade in trades for move in _moves(trade, account, source)),
        key=lambda move: move.event_time,
    )
    instruments = _instruments(trades, moves, source)
    for move in moves:
        described = instruments.pop((move.venue, move.symbol), None)
        if described is not None:
            yield replace(described, event_time=move.event_time)
        yield move


def _moves(trade: Trade, account: str, source: str) -> Iterator[Move]:
    """Return a trade's fills, restated fees and funding, those of one order together."""
    executed = _executed(trade)
    for order in executed:
        fill, fee = _fill(trade, order, account, source)
        later = [entry.time for entry in executed if entry.is_entry and _came_after(entry, order)]
        yield replace(fill, fee=None if later else fee)
        yield from _restated(fill, fee, sorted(later))
        for amount, what in _carry(trade, order, executed):
            yield Funding(
                event_time=order.time,
                source=source,
                account=account,
                strategy=fill.strategy,
                venue=trade.venue,
                symbol=trade.pair,
                amount=_text(amount),
                currency=_settle(trade.pair),
                reference=f"{what}:{trade.pair}:{order.order_id}"[-_IDENTIFIER:],
                reason="borrow" if what == "interest" else "funding",
            )


def _fill(trade: Trade, order: Order, account: str, source: str) -> tuple[Fill, str]:
    """Return the fill of an order, and its fee by the trade's rate of now."""
    assert order.filled is not None
    assert order.price is not None
    quantity, price = _bounded(order.filled), _bounded(order.price)
    rate = trade.fee_open if order.is_entry else trade.fee_close
    fill = Fill(
        event_time=order.time,
        source=source,
        account=account,
        strategy=trade.strategy[:_LABEL] or UNATTRIBUTED,
        venue=trade.venue,
        symbol=trade.pair,
        side=_side(trade, order),
        quantity=_text(quantity),
        price=_text(price),
        exec_id=order.order_id[-_IDENTIFIER:],
        fee_currency=_settle(trade.pair),
        order_id=order.order_id[-_IDENTIFIER:],
    )
    return fill, _text(_EXACT.multiply(_EXACT.multiply(quantity, price), rate))


def _restated(fill: Fill, fee: str, later: list[int]) -> Iterator[Correction]:
    """Return what the entries that filled after a fill, at these times, did to its fee.

    Each brings a rate for the trade as a whole. What the rates between were is not kept, and an
    import in between has told its own; so each entry has a correction of its own, by a name that is
    the same in every import, and the last one, which is new when there is news, says the fee.
    """
    known = fill.exec_id
    for number, time in enumerate(later, 1):
        name = f"{fill.exec_id}:{number}"[-_IDENTIFIER:]
        yield Correction(
            event_time=time,
            source=fill.source,
            account=fill.account,
            venue=fill.venue,
            symbol=fill.symbol,
            side=fill.side,
            exec_id=name,
            ref_exec_id=known,
            quantity=fill.quantity,
            price=fill.price,
            fee=fee if number == len(later) else None,
            fee_currency=fill.fee_currency,
            reason="fee rate of a later entry",
        )
        known = name


def _came_after(entry: Order, order: Order) -> bool:
    return (entry.time, entry.id) > (order.time, order.id)


def _executed(trade: Trade) -> list[Order]:
    """Return the orders that filled, entries first, with those the trade alone tells of.

    Before 2022 orders knew neither their average price nor a fee in the base coin, but a trade was
    one entry and one exit, and its own figures are the ones that its profit was computed from. So
    they are where the entry order was never seen to fill, and what left is what had come.
    """
    entries = [order for order in trade.orders if order.is_entry and _filled(order)]
    exits = [order for order in trade.orders if not order.is_entry and _filled(order)]
    exact = trade.exact_orders and entries
    simple = not exact and len(entries) <= 1 and len(exits) <= 1
    if not entries or simple:
        entry_placed = trade.entry_pending or any(order.is_entry for order in trade.orders)
        if entries or not (trade.is_open and entry_placed):
            entries = _whole(trade, trade.open_rate, trade.open_time, entries, is_entry=True)
    if not trade.is_open and (not exits or simple):
        exits = _whole(trade, trade.close_rate, trade.close_time, exits, is_entry=False)
    return entries + exits


def _whole(
    trade: Trade, rate: Decimal | None, time: int | None, known: list[Order], *, is_entry: bool
) -> list[Order]:
    """Return one side of a trade as the trade itself states it, under the known order's name."""
    if not trade.amount or not rate:
        return known
    if known:
        return [replace(known[0], filled=trade.amount, price=rate)]
    side = "entry" if is_entry else "exit"
    return [
        Order(
            id=0,
            order_id=f"trade-{trade.id}-{trade.open_time}-{side}",
            is_entry=is_entry,
            filled=trade.amount,
            price=rate,
            time=trade.open_time if time is None else time,
            funding_fee=Decimal(0),
        )
    ]


def _carry(trade: Trade, order: Order, executed: list[Order]) -> Iterator[tuple[Decimal, str]]:
    """Return what holding the position earned (below zero: cost) up to this order, and its kind."""
    closes = order is executed[-1] and not trade.is_open
    if trade.mode == "futures":
        if order.funding_fee:
            yield _bounded(order.funding_fee), "funding"
        if closes:
            # Before 2022-09 only the trade knew its funding.
            rest = trade.funding_fees - sum(other.funding_fee for other in executed)
            if abs(rest) >= _NOISE:
                yield _bounded(rest), "funding-rest"
    elif trade.mode == "margin" and closes and (interest := _interest(trade, order)):
        yield -_bounded(interest), "interest"


def _interest(trade: Trade, exit_order: Order) -> Decimal:
    """Return the interest on what was borrowed, in the quote currency, as freqtrade computes it.

    A short borrows the base coin and buys the interest back with its exit, which costs a fee too.
    Kraken counts the first four hours twice. Other venues have no margin trading in freqtrade.
    """
    assert trade.amount is not None
    assert trade.open_rate is not None
    assert exit_order.price is not None
    if trade.leverage == 1 and not trade.is_short:
        return Decimal(0)
    borrowed = trade.amount
    if not trade.is_short:
        borrowed = _EXACT.multiply(borrowed, trade.open_rate)
        borrowed = _EXACT.divide(_EXACT.multiply(borrowed, trade.leverage - 1), trade.leverage)
    closed = trade.open_time if trade.close_time is None else trade.close_time
    hours = (closed - trade.open_time) / HOUR
    if trade.venue == "binance":
        periods = _EXACT.divide(Decimal(math.ceil(hours)), Decimal(24))
    elif trade.venue == "kraken":
        periods = Decimal(1 + math.ceil(hours / 4))
    else:
        return Decimal(0)
    interest = _EXACT.multiply(_EXACT.multiply(borrowed, trade.interest_rate), periods)
    if not trade.is_short:
        return interest
    return _EXACT.multiply(_EXACT.multiply(interest, exit_order.price), 1 + trade.fee_close)


def _instruments(
    trades: list[Trade], moves: list[Move], source: str
) -> dict[tuple[str, str], Instrument]:
    """Return each instrument with the finest increments that its fills show."""
    futures = {(trade.venue, trade.pair) for trade in trades if trade.mode == "futures"}
    finest: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for move in moves:
        if isinstance(move, Fill):
            key = (move.venue, move.symbol)
            price, quantity = finest[key]
            finest[key] = max(price, _decimals(move.price)), max(quantity, _decimals(move.quantity))
    described = {}
    for key, (price, quantity) in finest.items():
        venue, pair = key
        base, quote, settle = _currencies(pair)
        described[key] = Instrument(
            event_time=0,
            source=source,
            venue=venue,
            symbol=pair,
            instrument_type="perpetual" if key in futures else "spot",
            base=base,
            quote=quote,
            settle=settle,
            price_increment=_text(Decimal(1).scaleb(-price)),
            quantity_increment=_text(Decimal(1).scaleb(-quantity)),
        )
    return described


def _currencies(pair: str) -> tuple[str, str, str]:
    """Return base, quote and settlement currency of "BTC/USDT" or "BTC/USDT:USDT"."""
    base, _, rest = pair.partition("/")
    quote, _, settle = rest.partition(":")
    if not base or not quote:
        raise NotFreqtrade(f"found the pair {pair!r}; expected one like BTC/USDT")
    return base, quote, settle or quote


def _settle(pair: str) -> str:
    return _currencies(pair)[2]


def _side(trade: Trade, order: Order) -> Side:
    return "sell" if trade.is_short == order.is_entry else "buy"


def _filled(order: Order) -> bool:
    return bool(order.filled and order.price)


def _bounded(number: Decimal) -> Decimal:
    """Return `number` with at most 18 decimals."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return number if exponent >= -MAX_DECIMALS else number.quantize(_FINEST, context=_EXACT)


def _text(number: Decimal) -> str:
    """Return a plain decimal of at most 18 decimals, without an exponent or trailing zeros."""
    text = format(_bounded(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])
