"""A look at the engine's series: what is asked for is brought up to date, and once."""

from deskwatch.engine.series import ExposedSeries
from deskwatch.exposition.families import Families
from deskwatch.exposition.registry import Registry


class Counting:
    """A collector of two metrics that both show how often it was asked."""

    def __init__(self, prefix: str) -> None:
        self.asked = 0
        self.families = Families()
        self._shown = [
            self.families.gauge(f"{prefix}_{name}", "How often.") for name in ("one", "two")
        ]

    def collect(self) -> None:
        self.asked += 1
        for family in self._shown:
            family.replace({(): self.asked})


def test_a_collector_is_asked_once_in_a_look_however_many_names_are_its_own():
    registry, desk, prices = Registry(), Counting("desk"), Counting("price")
    registry.register(desk)
    registry.register(prices)
    series = ExposedSeries(registry)
    for look in (1, 2):
        assert {"desk_one", "desk_two", "price_one"} <= set(series.names())
        assert list(series.series("desk_one")) == [((), look)]
        assert list(series.series("desk_two")) == [((), look)]
    assert (desk.asked, prices.asked) == (2, 0)


def test_the_registrys_own_counts_are_of_the_moment():
    registry, desk = Registry(), Counting("desk")
    registry.register(desk)
    series = ExposedSeries(registry)
    desk.collect()
    series.names()
    assert ((("metric", "desk_one"),), 1) in list(series.series("deskwatch_series"))
