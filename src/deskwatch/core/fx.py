"""Exchange rates: exact fractions, each with its age."""

from typing import Final, NamedTuple

from deskwatch.core.money import POW10, decimals_of, parse_decimal
from deskwatch.core.period import is_newer
from deskwatch.core.rejection import EventRejected

MAX_PAIRS: Final = 10_000

#: A rate that was fixed by configuration never ages.
FOREVER: Final = -1


class Rate(NamedTuple):
    """`amount` × 10**-decimals units of the quote currency for one of the base, at `time` (ns).

    since: what its age is counted from (ns).
    """

    amount: int
    decimals: int
    time: int
    since: int


class Conversion(NamedTuple):
    """Multiply by numerator / denominator."""

    numerator: int
    denominator: int


IDENTITY: Final = Conversion(1, 1)


class FxTable:
    """The latest rate of each pair. A pair is used both ways, and one step through a third.

    changes: how many rates were taken.
    """

    def __init__(self, max_age: int) -> None:
        """max_age: how old (ns) a rate may be before it no longer counts."""
        self.changes = 0
        self.rates: dict[tuple[str, str], Rate] = {}
        self._max_age = max_age
        self._neighbours: dict[str, list[str]] = {}

    def fix(self, pair: str, rate: str) -> None:
        """Take a rate that never ages, of "BASE/QUOTE". No other counts then, either way."""
        base, _, quote = pair.partition("/")
        decimals = decimals_of(rate)
        self.put(base, quote, Rate(parse_decimal(rate, decimals), decimals, FOREVER, FOREVER), 0)

    def put(self, base: str, quote: str, rate: Rate, came: int) -> bool:
        """Take a rate that came at `came` (ns); say whether it was taken: a newer one stays.

        Raises EventRejected at the bound on pairs.
        """
        if self._is_fixed(base, quote) or self._is_fixed(quote, base):
            return False
        known = self.rates.get((base, quote))
        if known is not None and not is_newer(rate.time, came, known.time, known.since):
            return False
        if known is None:
            if len(self.rates) >= MAX_PAIRS:
                found = f"{base}/{quote}"
                raise EventRejected("too_many_names", found, f"at most {MAX_PAIRS} pairs")
            self._neighbours[base] = sorted({*self._neighbours.get(base, ()), quote})
            self._neighbours[quote] = sorted({*self._neighbours.get(quote, ()), base})
        self.rates[base, quote] = rate
        self.changes += 1
        return True

    def _is_fixed(self, base: str, quote: str) -> bool:
        known = self.rates.get((base, quote))
        return known is not None and known.time == FOREVER

    def ends(self) -> list[int]:
        """Return until when (ns) each rate that grows old is no older than it may be."""
        return [rate.since + self._max_age for rate in self.rates.values() if rate.time != FOREVER]

    def conversion(self, source: str, target: str, now: int) -> Conversion | str:
        """Return how to turn `source` into `target`, or why that can't be known.

        The reasons are "no_fx" and "fx_stale". The pair itself comes first, by the newer rate where
        it has come both ways round; then one third currency, in alphabetical order.
        """
        if source == target:
            return IDENTITY
        found = self._direct(source, target, now)
        if not isinstance(found, str):
            return found
        reason = found
        for third in self._neighbours.get(source, ()):
            second = self._direct(third, target, now)
            if isinstance(second, str):
                reason = _worse(reason, second if second == "no_fx" else "fx_stale")
                continue
            first = self._direct(source, third, now)
            if isinstance(first, str):
                reason = "fx_stale"
                continue
            return Conversion(
                first.numerator * second.numerator, first.denominator * second.denominator
            )
        return reason

    def _direct(self, source: str, target: str, now: int) -> Conversion | str:
        rate = self.rates.get((source, target))
        other = self.rates.get((target, source))
        inverted = rate is None or (other is not None and _newer(other, rate, target < source))
        newest = other if inverted else rate
        if newest is None:
            return "no_fx"
        if newest.time != FOREVER and now - newest.since > self._max_age:
            return "fx_stale"
        scale = POW10[newest.decimals]
        return Conversion(scale, newest.amount) if inverted else Conversion(newest.amount, scale)


def _newer(one: Rate, other: Rate, first: bool) -> bool:
    """Whether `one` is the rate to believe where a pair has come both ways round.

    first: whether its currencies stand in alphabetical order, which decides between equals.
    """
    if one.since == other.since:
        return first
    return other.time != FOREVER and (one.time == FOREVER or one.since > other.since)


def _worse(reason: str, other: str) -> str:
    """Return "fx_stale" if either is: a path that has aged is nearer to the cause than none."""
    return "fx_stale" if "fx_stale" in (reason, other) else "no_fx"
