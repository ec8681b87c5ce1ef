"""The events a platform sends: the envelope, and the kinds that move the books.

Names are FIX's meaning in plain words. Prices, quantities and money are decimal strings; times are
integer nanoseconds since 1970 UTC (a producer may also write RFC 3339, see `codec`). Fields that a
kind does not know are kept in the journal and otherwise ignored.

Documented in docs/events.md; the JSON Schema is made from these classes.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

SCHEMA_VERSION = 1

Label = Annotated[str, Meta(min_length=1, max_length=64)]
Identifier = Annotated[str, Meta(min_length=1, max_length=128)]
OptionalIdentifier = Annotated[str, Meta(max_length=128)]
Text = Annotated[str, Meta(max_length=1024)]
Decimal = Annotated[
    str, Meta(max_length=64, description='A decimal number as text, such as "-12.50" or "1E-8".')
]
#: The largest of 64 bits, and the least: JSON's integers have no end, but floats and databases do.
MOST = 2**63 - 1
LEAST = -(2**63)
Integer = Annotated[int, Meta(ge=LEAST, le=MOST)]
#: From 1: a number below it would be taken for one that has come.
Sequence = Annotated[int, Meta(ge=1, le=MOST)]
Nanoseconds = Annotated[int, Meta(description="Nanoseconds since 1970-01-01T00:00:00Z.")]
#: A time that the books don't judge; of `event_time` they say what is in the future or too old.
Moment = Annotated[Nanoseconds, Meta(ge=LEAST, le=MOST)]
Side = Literal["buy", "sell"]

#: The strategy of a fill whose producer names none.
UNATTRIBUTED = "unattributed"

#: The producer that gives no name: there may be several.
UNNAMED = "unnamed"


class Event(Struct, tag_field="kind", kw_only=True, frozen=True, gc=False):
    """What every event says.

    event_time: when it happened (FIX TransactTime 60).
    receive_time: when the platform learned of it, if it says so.
    source, epoch, sequence: who sent it, which run of that producer, and its number in that run
    (1, 2, 3, …). With a sequence, a second copy changes nothing and a hole is noticed.
    """

    event_time: Nanoseconds
    source: Label = UNNAMED
    epoch: Integer = 0
    sequence: Sequence | None = None
    receive_time: Moment | None = None
    version: Integer = SCHEMA_VERSION


class Instrument(Event, tag="instrument", kw_only=True, frozen=True):
    """What a symbol is at a venue. Must come before its first fill.

    contract: how a price becomes money. `linear`: quantity × price × multiplier, in `settle`
    (spot, equities, linear futures and perpetuals). `inverse`: quantity × multiplier / price, in
    the base coin. `quanto`: as linear, with a multiplier that is in `settle` per point of price.
    multiplier: contract size; increments: the finest price and quantity the venue uses.
    expiry_time: for the journal only; no book closes a position at it.
    """

    venue: Label
    symbol: Label
    instrument_type: Literal["spot", "equity", "future", "perpetual", "option", "fx"] = "spot"
    contract: Literal["linear", "inverse", "quanto"] = "linear"
    base: Label
    quote: Label
    settle: Label | None = None
    multiplier: Decimal = "1"
    price_increment: Decimal = "0.01"
    quantity_increment: Decimal = "1"
    expiry_time: Moment | None = None


class Fill(Event, tag="fill", kw_only=True, frozen=True):
    """An execution (FIX ExecutionReport, ExecType Trade).

    quantity: LastQty 32, above zero; price: LastPx 31. fee: above zero is paid, below is a rebate;
    fee_currency: the settle currency when left out. exec_id: ExecID 17, unique for an account,
    instrument and side.
    """

    account: Label
    strategy: Label = UNATTRIBUTED
    venue: Label
    symbol: Label
    side: Side
    quantity: Decimal
    price: Decimal
    exec_id: Identifier
    fee: Decimal | None = None
    fee_currency: Label | None = None
    order_id: OptionalIdentifier = ""
    client_order_id: OptionalIdentifier = ""
    liquidity: Literal["maker", "taker"] | None = None


class Bust(Event, tag="bust", kw_only=True, frozen=True):
    """A fill that the venue took back (FIX ExecType Trade Cancel).

    ref_exec_id: the fill's exec_id (ExecRefID 19).
    """

    account: Label
    venue: Label
    symbol: Label
    side: Side
    exec_id: Identifier
    ref_exec_id: Identifier
    reason: Text = ""


class Correction(Event, tag="correction", kw_only=True, frozen=True):
    """A fill that the venue restated (FIX ExecType Trade Correct): what it should have been.

    A fee that is left out stays as it was.
    """

    account: Label
    venue: Label
    symbol: Label
    side: Side
    exec_id: Identifier
    ref_exec_id: Identifier
    quantity: Decimal
    price: Decimal
    fee: Decimal | None = None
    fee_currency: Label | None = None
    reason: Text = ""


class Mark(Event, tag="mark", kw_only=True, frozen=True):
    """The price that an open position is valued at."""

    venue: Label
    symbol: Label
    price: Decimal
    mark_source: Literal["mark", "mid", "last", "index", "settlement"] = "mark"


class Fx(Event, tag="fx", kw_only=True, frozen=True):
    """An exchange rate: one unit of `base` is worth `rate` units of `quote`.

    rate_source: who said so, for the journal only; the newest rate counts, whoever said it.
    """

    base: Label
    quote: Label
    rate: Decimal
    rate_source: Annotated[str, Meta(max_length=64)] = ""


class Fee(Event, tag="fee", kw_only=True, frozen=True):
    """A fee outside of a fill: above zero is paid, below is a rebate."""

    account: Label
    strategy: Label = UNATTRIBUTED
    venue: Label
    symbol: Label
    amount: Decimal
    currency: Label
    reference: OptionalIdentifier = ""
    reason: Text = ""


class Funding(Event, tag="funding", kw_only=True, frozen=True):
    """Carry on a position: above zero is received, below is paid.

    reason: perpetual funding, a dividend, interest, or the cost of borrowing.
    """

    account: Label
    strategy: Label = UNATTRIBUTED
    venue: Label
    symbol: Label
    amount: Decimal
    currency: Label | None = None
    reference: OptionalIdentifier = ""
    reason: Literal["funding", "dividend", "interest", "borrow"] = "funding"


class Cash(Event, tag="cash", kw_only=True, frozen=True):
    """Capital that comes into an account (above zero) or leaves it. It is never P&L."""

    account: Label
    amount: Decimal
    currency: Label
    reference: OptionalIdentifier = ""
    reason: Text = ""


class Split(Event, tag="split", kw_only=True, frozen=True):
    """A share split: every `denominator` old units become `numerator` new ones."""

    venue: Label
    symbol: Label
    numerator: Annotated[int, Meta(gt=0, le=1_000_000)]
    denominator: Annotated[int, Meta(gt=0, le=1_000_000)]
