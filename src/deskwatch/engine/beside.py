"""The books that stand beside the money's, and need NumPy."""

from deskwatch.anomaly.book import AnomalyBook
from deskwatch.core.books import Books
from deskwatch.risk.book import RiskBook


def risk_book(books: Books) -> RiskBook:
    """Return the book of value at risk."""
    book = books.beside[RiskBook.name]
    assert isinstance(book, RiskBook)
    return book


def anomaly_book(books: Books) -> AnomalyBook:
    """Return the book that holds P&L against its own history."""
    book = books.beside[AnomalyBook.name]
    assert isinstance(book, AnomalyBook)
    return book
