"""nautilus_trader's Position over events made beforehand; runs in an environment of its own."""

import random
from decimal import Decimal

from nautilus_trader.core.uuid import UUID4
from nautilus_trader.model.enums import LiquiditySide, OrderSide, OrderType
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import (
    AccountId,
    ClientOrderId,
    InstrumentId,
    PositionId,
    StrategyId,
    Symbol,
    TradeId,
    TraderId,
    Venue,
    VenueOrderId,
)
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Currency, Money, Price, Quantity
from nautilus_trader.model.position import Position

from bench.desk import A_TURN, FEW_INSTRUMENTS, OPENING, VENUE, fill
from bench.turns import Turn, cpu_seconds

USDT = Currency.from_str("USDT")


def perpetual(symbol: str) -> CryptoPerpetual:
    return CryptoPerpetual(
        instrument_id=InstrumentId(Symbol(symbol), Venue(VENUE)),
        raw_symbol=Symbol(symbol),
        base_currency=Currency.from_str("BTC"),
        quote_currency=USDT,
        settlement_currency=USDT,
        is_inverse=False,
        price_precision=2,
        size_precision=3,
        price_increment=Price.from_str("0.01"),
        size_increment=Quantity.from_str("0.001"),
        ts_event=OPENING,
        ts_init=OPENING,
        margin_init=Decimal(0),
        margin_maint=Decimal(0),
        maker_fee=Decimal(0),
        taker_fee=Decimal(0),
    )


def filled(number: int, fields: dict[str, str]) -> OrderFilled:
    return OrderFilled(
        trader_id=TraderId("DESK-001"),
        strategy_id=StrategyId(f"{fields['strategy']}-{fields['account']}"),
        instrument_id=InstrumentId(Symbol(fields["symbol"]), Venue(VENUE)),
        client_order_id=ClientOrderId(f"O-{number}"),
        venue_order_id=VenueOrderId(str(number)),
        account_id=AccountId(f"{VENUE}-{fields['account']}"),
        trade_id=TradeId(str(number)),
        position_id=PositionId("-".join((fields["account"], fields["strategy"], fields["symbol"]))),
        order_side=OrderSide.BUY if fields["side"] == "buy" else OrderSide.SELL,
        order_type=OrderType.LIMIT,
        last_qty=Quantity.from_str(fields["quantity"]),
        last_px=Price.from_str(fields["price"]),
        currency=USDT,
        commission=Money(0, USDT),
        liquidity_side=LiquiditySide.MAKER,
        event_id=UUID4(),
        ts_event=OPENING + number,
        ts_init=OPENING + number,
    )


def theirs() -> Turn:
    positions: dict[str, Position] = {}
    perpetuals: dict[str, CryptoPerpetual] = {}
    start = 1

    def apply(events: list[OrderFilled]) -> None:
        for event in events:
            key = event.position_id.value
            position = positions.get(key)
            if position is None:
                positions[key] = Position(perpetuals[event.instrument_id.symbol.value], event)
            else:
                position.apply(event)

    def turn() -> float:
        nonlocal start
        chance = random.Random(start)
        numbers = range(start, start + A_TURN)
        fields = [fill(number, chance, places=FEW_INSTRUMENTS) for number in numbers]
        for each in fields:
            perpetuals.setdefault(each["symbol"], perpetual(each["symbol"]))
        events = [filled(number, each) for number, each in zip(numbers, fields, strict=True)]
        start += A_TURN
        return cpu_seconds(lambda: apply(events))

    return turn
