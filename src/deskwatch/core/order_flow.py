"""What an account and strategy send to a venue, and what comes of it, counted."""

from bisect import bisect_left
from typing import Final, NamedTuple

from msgspec import Struct, field

from deskwatch.core.money import divide_half_even
from deskwatch.core.window import Window

#: Shares of an order, and ratios of prices, are kept in billionths.
RATIO_DECIMALS: Final = 9
ONE: Final = 10**RATIO_DECIMALS

#: After a fill, its price is compared with the mark at these times. Seconds.
HORIZONS_S: Final = (1, 10, 60)

#: What a flow counts over a window and a day, by place in the lists of counts.
ANSWERED: Final = 0
REJECTED: Final = 1
ENDED: Final = 2
SHARE_FILLED: Final = 3
CANCELED: Final = 4
MARKOUTS: Final = 5
MARKOUT_SUMS: Final = MARKOUTS + len(HORIZONS_S)
COUNTS: Final = MARKOUT_SUMS + len(HORIZONS_S)


#: The edges of what slippage is counted into, in billionths: up to 100 basis points either way.
SLIPPAGE_BOUNDS: Final = (
    -10_000_000, -5_000_000, -2_000_000, -1_000_000, -500_000, -200_000, -100_000, -50_000, -10_000,
    0,
    10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000,
)  # fmt: skip


class Ratios(NamedTuple):
    """What became of orders; ratios are in billionths, None where there is nothing to divide by.

    answered: orders that the venue answered, and rejected of it. ended: orders that it took and
    that are over, and of them canceled. filled: how much of those was executed, each order
    counting as one. markouts: the mean by horizon, above zero is good for us.
    """

    answered: int
    rejected: int | None
    ended: int
    filled: int | None
    canceled: int | None
    markouts: tuple[int | None, ...]


class Rates(NamedTuple):
    """How much is sent: the most of the last whole second and this one.

    orders: new ones. messages: those, changes of orders and cancels.
    """

    orders: int
    messages: int


def ratios(counts: list[int]) -> Ratios:
    """Return what the counts of a window or a day come to."""
    answered, ended = counts[ANSWERED], counts[ENDED]
    return Ratios(
        answered,
        _over(counts[REJECTED] * ONE, answered),
        ended,
        _over(counts[SHARE_FILLED], ended),
        _over(counts[CANCELED] * ONE, ended),
        tuple(
            _over(counts[MARKOUT_SUMS + at], counts[MARKOUTS + at]) for at in range(len(HORIZONS_S))
        ),
    )


def _over(amount: int, count: int) -> int | None:
    return divide_half_even(amount, count) if count else None


class OrderFlow(Struct, array_like=True):
    """The orders of one account and strategy at one venue.

    statuses, rejects, fills: since the first event. day: the day's counts, by place. fullest: the
    most that any order or parent of the day was executed, over what was ordered, in billionths; at
    most ONE. second, sent: the last second in which something was sent, and [orders, messages] of
    the second before it and of itself. slippage: fills in each of SLIPPAGE_BOUNDS, and above.
    """

    account: str
    strategy: str
    venue: str
    window: Window
    statuses: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    fills: int = 0
    day: list[int] = field(default_factory=lambda: [0] * COUNTS)
    fullest: int | None = None
    second: int = 0
    sent: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    slippage: list[int] = field(default_factory=lambda: [0] * (len(SLIPPAGE_BOUNDS) + 1))
    slippage_sum: int = 0

    def count(self, slice_number: int, what: int, amount: int = 1) -> None:
        """Add to a count of the window and the day."""
        self.window.add(slice_number, what, amount)
        self.day[what] += amount

    def enter(self, status: str) -> None:
        """Count an order that came to a status."""
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def send(self, second: int, orders: int) -> None:
        """Count a message in a second; orders: 1 where it is a new order."""
        if second != self.second:
            self.sent = [*self._before(second), 0, 0]
            self.second = second
        self.sent[2] += orders
        self.sent[3] += 1

    def rates(self, second: int) -> tuple[int, int, int, int]:
        """Return orders and messages of the second before `second`, and the same of itself."""
        if second <= self.second:
            return (self.sent[0], self.sent[1], self.sent[2], self.sent[3])
        orders, messages = self._before(second)
        return (orders, messages, 0, 0)

    def _before(self, second: int) -> list[int]:
        """Return orders and messages of the second before a new one."""
        return self.sent[2:] if second == self.second + 1 else [0, 0]

    def note_executed(self, executed: int, ordered: int) -> None:
        """Take notice of how much of an order or parent is executed: at most all of it."""
        share = executed * ONE // ordered
        if self.fullest is None or share > self.fullest:
            self.fullest = share

    def slip(self, ratio: int) -> None:
        """Count a fill's price against its order's arrival mid; above zero cost us."""
        self.slippage[bisect_left(SLIPPAGE_BOUNDS, ratio)] += 1
        self.slippage_sum += ratio

    def turn_day(self) -> None:
        """Begin the counts of a new day."""
        self.day = [0] * COUNTS
        self.fullest = None


class OrderLine(Struct, array_like=True):
    """The orders of one flow in one symbol: what is working, and the day's orders and trades.

    flow: its number. messages and volume: what was sent in the day, trades and traded: of that,
    orders that traded and what they traded. buying, selling: what is open, and its value at the
    orders' own prices; unpriced: what is open without a price.
    Quantities are at QUANTITY_DECIMALS, values at twice as many.
    """

    flow: int
    symbol: str
    messages: int = 0
    volume: int = 0
    trades: int = 0
    traded: int = 0
    buying: int = 0
    selling: int = 0
    buying_value: int = 0
    selling_value: int = 0
    buying_unpriced: int = 0
    selling_unpriced: int = 0

    def by_number(self, floor: int) -> int | None:
        """Return orders / trades - 1, in billionths; at least `floor` trades are divided by."""
        trades = max(self.trades, floor)
        if not trades or not self.messages:
            return None
        return divide_half_even((self.messages - trades) * ONE, trades)

    def by_volume(self) -> int | None:
        """Return ordered / traded quantity - 1, in billionths."""
        if not self.traded:
            return None
        return divide_half_even((self.volume - self.traded) * ONE, self.traded)

    def work(self, sign: int, leaves: int, price: int | None, more: int) -> None:
        """Take open quantity in (`more` is 1), or out (-1). sign: 1 buys, -1 sells."""
        quantity = leaves * more
        if sign > 0:
            self.buying += quantity
            if price is None:
                self.buying_unpriced += quantity
            else:
                self.buying_value += quantity * price
        else:
            self.selling += quantity
            if price is None:
                self.selling_unpriced += quantity
            else:
                self.selling_value += quantity * price

    def turn_day(self) -> None:
        """Begin the counts of a new day."""
        self.messages = self.volume = self.trades = self.traded = 0
