"""Whatever happens to an engine: its risk book is that of a replay from empty."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings

from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.risk.book import RiskBook
from deskwatch.risk.settings import RiskSettings
from tests.engine.rig import flaky_history
from tests.engine.test_laws import MEMORY, Life, books_are_a_replays, lives

RISK = RiskSettings(
    interval_ns=10 * SECOND, window=8, min_observations=2, backtest_window=4, max_instruments=3
)


@settings(max_examples=50)
@given(life=lives)
def test_the_risk_book_is_that_of_a_replay_from_empty(life):
    seed, steps = life

    async def play() -> None:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder, flaky_history():
            lived = Life(Path(folder), seed)
            books = lived.rig.settings
            lived.rig.new_books = lambda: Books(  # type: ignore[method-assign]
                books, [lambda books: RiskBook(books, RISK)]
            )
            await lived.live(steps)
            await books_are_a_replays(lived)

    asyncio.run(play())
