"""Many scrapes at once cost one look at the desk."""

import asyncio

import pytest

from deskwatch.exposition.families import Families
from deskwatch.exposition.registry import Registry
from deskwatch.exposition.scrape import Scrapes


class Looks:
    """A collector that counts the looks at it, and fails while it is broken."""

    def __init__(self) -> None:
        self.families = Families()
        self._count = self.families.gauge("desk_looks", "Looks.", ())
        self.count = 0
        self.broken = False

    def collect(self) -> None:
        self.count += 1
        if self.broken:
            raise ZeroDivisionError
        self._count.replace({(): float(self.count)})


@pytest.fixture
def looks() -> Looks:
    return Looks()


@pytest.fixture
def scrapes(looks) -> Scrapes:
    registry = Registry()
    registry.register(looks)
    return Scrapes(registry)


async def test_who_asks_at_the_same_time_is_shown_the_same_look(looks, scrapes):
    pages = await asyncio.gather(*(scrapes.page(openmetrics=False) for _ in range(100)))
    assert looks.count == 1
    assert {b"desk_looks 1" in page for page in pages} == {True}


async def test_each_format_has_a_page_of_its_own(scrapes):
    text, openmetrics = await asyncio.gather(
        scrapes.page(openmetrics=False), scrapes.page(openmetrics=True)
    )
    assert not text.endswith(b"# EOF\n")
    assert openmetrics.endswith(b"# EOF\n")


async def test_no_page_is_older_than_the_question(scrapes):
    assert b"desk_looks 1" in await scrapes.page(openmetrics=False)
    assert b"desk_looks 2" in await scrapes.page(openmetrics=False)


async def test_one_who_hangs_up_takes_the_page_away_from_nobody(scrapes):
    gone = asyncio.create_task(scrapes.page(openmetrics=False))
    waiting = asyncio.create_task(scrapes.page(openmetrics=False))
    await asyncio.sleep(0)
    gone.cancel()
    assert b"desk_looks 1" in await waiting


async def test_a_look_that_fails_is_told_to_all_and_the_next_one_is_anew(looks, scrapes):
    looks.broken = True
    pages = (scrapes.page(openmetrics=False) for _ in range(2))
    failed = await asyncio.gather(*pages, return_exceptions=True)
    assert [type(failure) for failure in failed] == [ZeroDivisionError] * 2
    looks.broken = False
    assert b"desk_looks 2" in await scrapes.page(openmetrics=False)
