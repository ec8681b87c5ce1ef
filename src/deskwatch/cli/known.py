"""Names that are asked for, held against all that an engine has booked anything on."""

from collections.abc import Iterable, Iterator

from deskwatch.cli.asked import Asked
from deskwatch.cli.client import Client
from deskwatch.web.answers.figures import PnlAnswer, PositionsAnswer
from deskwatch.web.answers.orders import ExecutionAnswer


def must_be_known(client: Client, asked: Asked, rows: Iterable[object]) -> None:
    """End the command where nothing was ever booked on a name that is asked for.

    An empty table would look as if nothing were held. rows: those of the answer, before any is
    picked out; what else is booked is asked for only where they lack a name.
    """
    answered = list(rows)
    if asked.lacks(answered):
        asked.must_be_among([*answered, *_booked(client)])


def _booked(client: Client) -> Iterator[object]:
    """Yield rows with every name that is booked: of cash, of fills, of orders alone."""
    pnl, _ = client.get("/api/v1/pnl", PnlAnswer)
    positions, _ = client.get("/api/v1/positions", PositionsAnswer)
    execution, _ = client.get("/api/v1/execution", ExecutionAnswer)
    yield from pnl.accounts
    yield from pnl.strategies
    yield from positions.positions
    yield from execution.flows
