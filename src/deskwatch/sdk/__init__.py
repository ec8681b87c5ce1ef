"""What a trading program imports to be watched; it waits for nothing and raises nothing into it.

    import deskwatch.sdk

    desk = deskwatch.sdk.connect("http://127.0.0.1:8080", source="mm-bot")
    desk.instrument(venue="XNAS", symbol="AAPL", instrument_type="equity", base="AAPL", quote="USD")
    desk.fill(account="A1", strategy="mm", venue="XNAS", symbol="AAPL", side="buy",
              quantity="100", price="189.32", exec_id="E1", fee="0.35")

Standard library only. docs/sdk.md says what happens when things fail.
"""

from deskwatch.sdk.connecting import connect
from deskwatch.sdk.desk import Desk
from deskwatch.sdk.outbox import Stats
from deskwatch.sdk.settings import Settings

__all__ = ["Desk", "Settings", "Stats", "connect"]
