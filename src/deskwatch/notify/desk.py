"""What the commands in a chat need of the desk; `deskwatch.app` hands it in."""

from typing import Protocol

from msgspec import Struct


class Sheet(Struct, frozen=True, kw_only=True):
    """A small table for a phone. rows: the most important first. notes: sentences below it."""

    title: str
    columns: list[str] = []
    rows: list[list[str]] = []
    notes: list[str] = []


class Curve(Struct, frozen=True, kw_only=True):
    """P&L over time. points: (ns UTC, amount), oldest first; None where it was not known."""

    title: str
    currency: str
    points: list[tuple[int, float | None]]


class Desk(Protocol):
    """The desk's figures as text. A figure that isn't known is said to be so, never shown as 0."""

    async def status(self) -> Sheet:
        """Return how the monitor and what it watches are."""
        ...

    async def pnl(self) -> Sheet:
        """Return P&L by account and strategy."""
        ...

    async def positions(self) -> Sheet:
        """Return open positions."""
        ...

    async def risk(self) -> Sheet:
        """Return exposure, drawdown and limits, and name what is not known."""
        ...

    async def curve(self) -> Curve | None:
        """Return today's P&L over time, or None while there is too little of it."""
        ...
