"""Prices: correlated paths with calm and stressed spells, and what each listing quotes."""

from dataclasses import dataclass
from math import exp, log, sqrt
from random import Random

from deskwatch.demo.catalog import ASSETS, RATE_DECIMALS, RATES, Listing

#: Market steps a second.
STEPS_A_SECOND = 4

#: Volatility of each spell, the chance of leaving it in one step, and where it may lead.
_SPELLS = {
    "calm": (0.6, 0.002, ("normal",)),
    "normal": (1.0, 0.002, ("calm", "calm", "stressed")),
    "stressed": (3.0, 0.008, ("normal",)),
}

# GARCH(1,1) of the variance's multiple, with a long-run mean of one.
_SHOCK, _MEMORY = 0.06, 0.93

#: Pull of a log price back to where it started, per step: a demo that runs for days stays in sight.
#: What an asset has of its own returns sooner than what it shares with its group.
_PULL, _OWN_PULL = 2e-5, 4e-3

# Ornstein-Uhlenbeck paths, pull and noise per step: the premium of a derivative over its asset;
# the bounce of the last trades around the fair price, in spreads; a group's trend, in step sigmas.
_BASIS_PULL, _BASIS_SIGMA = 0.0005, 1.2e-5
_BOUNCE_PULL, _BOUNCE_SIGMA = 0.3, 0.45
_TREND_PULL, _TREND_SIGMA = 0.003, 0.005

_RATE_UNIT: int = 10**RATE_DECIMALS


@dataclass(frozen=True, slots=True)
class Quote:
    """The best prices, and the middle, in ticks of the listing."""

    bid: int
    ask: int
    mid: int


class Market:
    """All price paths. Floats live here; a price leaves as a whole number of ticks."""

    def __init__(self, random: Random, listings: tuple[Listing, ...]) -> None:
        self._random = random
        self._spell = "normal"
        self._shared = dict.fromkeys(ASSETS, 0.0)
        self._own = dict.fromkeys(ASSETS, 0.0)
        self._variance = dict.fromkeys(ASSETS, 1.0)
        self._basis = {one: 0.0 for one in listings if one.instrument_type != "spot"}
        self._bounce = dict.fromkeys(listings, 0.0)
        self._trend = {"shares": 0.0, "coins": 0.0, "money": 0.0}
        self._split = dict.fromkeys(ASSETS, 1.0)
        self._start = {name: log(asset.start) for name, asset in ASSETS.items()}
        self._step_sigma = {
            name: asset.sigma / sqrt(STEPS_A_SECOND) for name, asset in ASSETS.items()
        }
        self.steps = 0

    def advance(self) -> None:
        """Move every price by one step."""
        random = self._random
        self.steps += 1
        spell_sigma, leave, following = _SPELLS[self._spell]
        if random.random() < leave:
            self._spell = random.choice(following)
        for group, trend in self._trend.items():
            self._trend[group] = trend * (1 - _TREND_PULL) + random.gauss(0, _TREND_SIGMA)
        common = {group: random.gauss(trend, 1) for group, trend in self._trend.items()}
        for name, asset in ASSETS.items():
            variance = self._variance[name]
            width = sqrt(variance) * spell_sigma * self._step_sigma[name]
            shared, own = common[asset.group], random.gauss(0, 1)
            shock = asset.market * shared * shared + (1 - asset.market) * own * own
            self._variance[name] = 1 - _SHOCK - _MEMORY + (_SHOCK * shock + _MEMORY) * variance
            move = width * sqrt(asset.market) * shared
            self._shared[name] = self._shared[name] * (1 - _PULL) + move
            move = width * sqrt(1 - asset.market) * own
            self._own[name] = self._own[name] * (1 - _OWN_PULL) + move
        for listing, basis in self._basis.items():
            self._basis[listing] = basis * (1 - _BASIS_PULL) + random.gauss(0, _BASIS_SIGMA)
        for listing, bounce in self._bounce.items():
            self._bounce[listing] = bounce * (1 - _BOUNCE_PULL) + random.gauss(0, _BOUNCE_SIGMA)

    def level(self, listing: Listing) -> float:
        """Return the log price against its start; a split does not move it."""
        asset = listing.asset
        return self._shared[asset] + self._own[asset] + self._basis.get(listing, 0.0)

    def basis(self, listing: Listing) -> float:
        """Return the premium over the asset, as a share of its price."""
        return self._basis.get(listing, 0.0)

    def quote(self, listing: Listing) -> Quote:
        """Return what the venue quotes now."""
        price = exp(self._start[listing.asset] + self.level(listing)) * self._split[listing.asset]
        fair = price * 10**listing.price_decimals / listing.tick
        exact = fair + self._bounce[listing] * listing.spread
        spread = max(1, round(listing.spread * sqrt(self._variance[listing.asset])))
        bid = max(int(exact - spread / 2), 1)
        return Quote(bid, bid + spread, max(round(exact), 1))

    def split(self, listing: Listing, numerator: int, denominator: int) -> None:
        """Divide the price by a share split."""
        self._split[listing.asset] *= denominator / numerator

    def rate_units(self, currency: str) -> int:
        """Return the dollars for one unit of `currency`, in units of 10**-RATE_DECIMALS."""
        name = RATES[currency]
        return round(exp(self._start[name] + self._shared[name] + self._own[name]) * _RATE_UNIT)

    def dollars(self, currency: str) -> float:
        """Return the dollars for one unit of `currency`, roughly: for the desk's risk checks."""
        return 1.0 if currency == "USD" else self.rate_units(currency) / _RATE_UNIT
