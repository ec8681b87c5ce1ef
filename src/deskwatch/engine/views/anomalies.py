"""P&L against its own history, as the API answers it."""

from deskwatch.core.books import Books
from deskwatch.core.money import REPORTING_DECIMALS, format_figure
from deskwatch.core.period import SECOND
from deskwatch.engine.beside import anomaly_book
from deskwatch.web.answers.anomalies import AnomaliesAnswer, AnomalyRow


def anomalies(books: Books, now: int) -> AnomaliesAnswer:
    """Return each account's P&L and its strategies', and how unusual the last interval was."""
    book = anomaly_book(books)
    settings = book.settings
    return AnomaliesAnswer(
        as_of=now,
        interval_s=settings.interval_ns / SECOND,
        score_threshold=settings.score,
        shift_threshold=settings.shift,
        frozen_max_s=settings.frozen_ns / SECOND,
        rows=[
            AnomalyRow(
                account=one.account,
                strategy=one.strategy,
                currency=one.currency,
                at=one.at,
                change=format_figure(one.change, REPORTING_DECIMALS),
                score=one.score,
                basis=one.basis,
                shift=one.shift,
                unknown=one.unknown,
                needed=one.needed,
                samples=one.samples,
                frozen_s=one.frozen_ns / SECOND,
            )
            for one in sorted(book.anomalies(now))
        ],
    )
