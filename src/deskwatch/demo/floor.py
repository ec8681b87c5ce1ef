"""What every part of the simulated desk stands on."""

from typing import NamedTuple

from deskwatch.demo.agenda import Agenda
from deskwatch.demo.ledger import Ledger
from deskwatch.demo.market import Market
from deskwatch.demo.tape import Tape


class Floor(NamedTuple):
    """One run of the desk.

    run: stands in every id, so that two runs against one monitor never share one. agenda: what is
    to happen. tape: where it is reported. market: the prices. ledger: what the desk holds.
    """

    run: str
    agenda: Agenda
    tape: Tape
    market: Market
    ledger: Ledger
