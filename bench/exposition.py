"""What a scrape costs, beside prometheus_client: rendering, and a real Prometheus' own clock."""

import asyncio
import gc
import itertools
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median

from prometheus_client import CollectorRegistry, Gauge, generate_latest, make_wsgi_app

from bench.row import Gate, Row, skipped
from bench.turns import seconds, take_turns
from deskwatch.exposition.families import Families
from deskwatch.exposition.registry import Registry
from deskwatch.exposition.text import negotiate
from tests.exposition.prometheus_server import Prometheus, eventually, scraping, serve

SIZES = (1_000, 10_000, 100_000)
FAMILIES = (
    "realized",
    "unrealized",
    "fees",
    "funding",
    "net",
    "hour",
    "day",
    "age",
    "size",
    "mark",
)
# In the order of their names, as prometheus_client writes them: Prometheus then finds the same
# series text in both pages, and knows it from the scrape before.
LABELS = ("account", "currency", "strategy", "symbol", "venue")
ROUNDS = 7
SEED = 20261122

# A scrape of prometheus_client's page takes seconds; both need to fit with room to spare.
SCRAPE_INTERVAL = "5s"
SCRAPES_EACH = 6

Answer = tuple[bytes, Mapping[str, str]]

#: How many times faster than prometheus_client ours has to be, at the largest size.
FULL_GATE = Gate(30)
SOME_GATE = Gate(80)
SCRAPE_GATE = Gate(8)


class Ours:
    """A desk's gauges in our registry, filled as the collectors do."""

    def __init__(self, series: int) -> None:
        self._keys = label_sets(series // len(FAMILIES))
        self.families = Families(series)
        self._figures = [
            self.families.gauge(f"desk_{name}", "A figure.", LABELS) for name in FAMILIES
        ]
        self._registry = Registry()
        self._registry.register(self)

    def collect(self) -> None:
        """Nothing: `set_all` and `set_some` were told."""

    def set_all(self, chance: random.Random) -> None:
        for family in self._figures:
            for key in self._keys:
                family.set(key, chance.uniform(-1e6, 1e6))

    def set_some(self, chance: random.Random, share: float) -> None:
        """Change the figures of a few positions anywhere: each has a series in every family."""
        chosen = chance.sample(self._keys, max(1, round(len(self._keys) * share)))
        for family in self._figures:
            for key in chosen:
                family.set(key, chance.uniform(-1e6, 1e6))

    def render(self) -> bytes:
        return self._registry.render(openmetrics=False)

    def answer(self, headers: Mapping[str, str]) -> Answer:
        openmetrics, content_type = negotiate(headers["accept"])
        return self._registry.render(openmetrics=openmetrics), {"Content-Type": content_type}


class Theirs:
    """The same gauges in prometheus_client."""

    def __init__(self, series: int) -> None:
        self._registry = CollectorRegistry()
        self._children = []
        keys = label_sets(series // len(FAMILIES))
        for name in FAMILIES:
            gauge = Gauge(f"desk_{name}", "A figure.", LABELS, registry=self._registry)
            self._children += [gauge.labels(*key) for key in keys]

    def set_all(self, chance: random.Random) -> None:
        for child in self._children:
            child.set(chance.uniform(-1e6, 1e6))

    def render(self) -> bytes:
        return generate_latest(self._registry)

    def answer(self, headers: Mapping[str, str], *, gzip: bool) -> Answer:
        """Return what its own HTTP server would: compressed when the client can read it."""
        environment = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/metrics",
            "HTTP_ACCEPT": headers["accept"],
            "HTTP_ACCEPT_ENCODING": headers["accept-encoding"],
        }
        said: dict[str, str] = {}
        app = make_wsgi_app(self._registry, disable_compression=not gzip)
        body = app(environment, lambda _status, fields: said.update(fields))
        return b"".join(body), said


def label_sets(count: int) -> list[tuple[str, ...]]:
    return [
        (f"A{n % 10}", "USDT", f"strategy-{n // 10 % 5}", f"SYM{n // 50}USDT", "binance")
        for n in range(count)
    ]


def render_rows(series: int, rounds: int) -> list[Row]:
    """Return a full render and one with 1 % changed, beside prometheus_client's."""
    chance = random.Random(SEED)
    ours, theirs = Ours(series), Theirs(series)
    theirs.set_all(chance)
    ours.set_all(chance)
    ours.render()
    gc.freeze()  # as the application does once it has loaded

    def full() -> float:
        ours.set_all(chance)
        return seconds(ours.render)

    def some() -> float:
        ours.set_some(chance, 0.01)
        return seconds(ours.render)

    taken = take_turns({"full": full, "some": some, "peer": lambda: seconds(theirs.render)}, rounds)
    gated = series == SIZES[-1]
    peer = f"generate_latest: {taken['peer'] * 1e3:.1f} ms"
    return [
        Row(
            f"exposition: render {series:,} series, {what}",
            f"{taken[case] * 1e3:.2f} ms",
            peer,
            taken["peer"] / taken[case],
            gate if gated else None,
        )
        for case, what, gate in (
            ("full", "all changed", FULL_GATE),
            ("some", "1 % changed", SOME_GATE),
        )
    ]


async def scrapes_of(binary: str, series: int, directory: Path) -> dict[str, float]:
    """Return Prometheus' median `scrape_duration_seconds` of our page and of prometheus_client's.

    One target serves them in turns. They have the same series, so Prometheus has the same to store;
    every value changes between scrapes. The first turns are left out: they add the series.
    """
    chance = random.Random(SEED)
    ours, theirs = Ours(series), Theirs(series)
    gc.freeze()
    turns: dict[str, Callable[[Mapping[str, str]], Answer]] = {
        "full": ours.answer,
        "peer": partial(theirs.answer, gzip=True),
        "plain_peer": partial(theirs.answer, gzip=False),
    }
    served = itertools.cycle(turns.values())

    def page(headers: Mapping[str, str]) -> Answer:
        return next(served)(headers)

    async with (
        serve(page) as address,
        scraping(binary, address, directory, scrape_interval=SCRAPE_INTERVAL) as prometheus,
    ):
        for scrapes in range(len(turns) * (1 + SCRAPES_EACH)):
            ours.set_all(chance)
            theirs.set_all(chance)
            durations = await eventually(partial(durations_of, prometheus, scrapes + 1))
        assert await prometheus.query("min_over_time(up[10m]) == 1"), "a scrape failed"
    kept = durations[len(turns) :]
    return {case: median(kept[turn :: len(turns)]) for turn, case in enumerate(turns)}


async def durations_of(prometheus: Prometheus, scrapes: int) -> list[float] | None:
    """Return how long each scrape took, oldest first, once there are so many."""
    found = await prometheus.query("scrape_duration_seconds[10m]")
    values = [float(value) for _, value in found[0]["values"]] if found else []
    return values if len(values) >= scrapes else None


def scrape_rows() -> list[Row]:
    """Return what a real Prometheus says of both pages."""
    case = f"exposition: Prometheus scrapes {SIZES[-1]:,} series"
    binary = os.environ.get("PROMETHEUS_BIN") or shutil.which("prometheus")
    if binary is None:
        return [skipped(case, "there is no prometheus")]
    with tempfile.TemporaryDirectory() as directory:
        taken = asyncio.run(scrapes_of(binary, SIZES[-1], Path(directory)))
    return [
        Row(
            case,
            f"{taken['full']:.2f} s",
            f"prometheus_client, {how}: {taken[peer]:.2f} s",
            taken[peer] / taken["full"],
            gate,
        )
        for peer, how, gate in (
            ("peer", "gzip as it answers", SCRAPE_GATE),
            ("plain_peer", "uncompressed", None),
        )
    ]


def rows(*, quick: bool) -> list[Row]:
    rendered = [row for series in SIZES for row in render_rows(series, 2 if quick else ROUNDS)]
    return rendered if quick else rendered + scrape_rows()
