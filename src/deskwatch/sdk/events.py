"""What a trading program can say: one method per event kind."""

from collections.abc import Mapping
from typing import Never, Unpack

from deskwatch.sdk import kinds
from deskwatch.sdk.timing import TimedRequest


class Events:
    """One method per event kind; arguments are given by name, as docs/events.md describes them.

    No method waits, raises or returns anything. `*misuse` is there so that even a call with
    positional arguments is counted, not raised; type checkers refuse such a call.
    """

    def _hand_in(self, kind: str, misuse: tuple[object, ...], fields: Mapping[str, object]) -> None:
        raise NotImplementedError

    def instrument(self, /, *misuse: Never, **fields: Unpack[kinds.Instrument]) -> None:
        """Say what a symbol is at a venue, before its first fill."""
        self._hand_in("instrument", misuse, fields)

    def fill(self, /, *misuse: Never, **fields: Unpack[kinds.Fill]) -> None:
        """Report an execution."""
        self._hand_in("fill", misuse, fields)

    def bust(self, /, *misuse: Never, **fields: Unpack[kinds.Bust]) -> None:
        """Report a fill that the venue took back."""
        self._hand_in("bust", misuse, fields)

    def correction(self, /, *misuse: Never, **fields: Unpack[kinds.Correction]) -> None:
        """Report what a fill should have been."""
        self._hand_in("correction", misuse, fields)

    def mark(self, /, *misuse: Never, **fields: Unpack[kinds.Mark]) -> None:
        """Give the price that an open position is valued at."""
        self._hand_in("mark", misuse, fields)

    def fx(self, /, *misuse: Never, **fields: Unpack[kinds.Fx]) -> None:
        """Give an exchange rate: one `base` is worth `rate` of `quote`."""
        self._hand_in("fx", misuse, fields)

    def fee(self, /, *misuse: Never, **fields: Unpack[kinds.Fee]) -> None:
        """Report a fee outside of a fill; above zero is paid."""
        self._hand_in("fee", misuse, fields)

    def funding(self, /, *misuse: Never, **fields: Unpack[kinds.Funding]) -> None:
        """Report carry on a position; above zero is received."""
        self._hand_in("funding", misuse, fields)

    def cash(self, /, *misuse: Never, **fields: Unpack[kinds.Cash]) -> None:
        """Report capital that came in (above zero) or left."""
        self._hand_in("cash", misuse, fields)

    def split(self, /, *misuse: Never, **fields: Unpack[kinds.Split]) -> None:
        """Report a share split: `denominator` old units become `numerator` new ones."""
        self._hand_in("split", misuse, fields)

    def order(self, /, *misuse: Never, **fields: Unpack[kinds.Order]) -> None:
        """Report a change in an order's life."""
        self._hand_in("order", misuse, fields)

    def position_report(self, /, *misuse: Never, **fields: Unpack[kinds.PositionReport]) -> None:
        """Pass on what the venue says an account holds; short is negative."""
        self._hand_in("position_report", misuse, fields)

    def balance_report(self, /, *misuse: Never, **fields: Unpack[kinds.BalanceReport]) -> None:
        """Pass on what the venue says an account has of a currency."""
        self._hand_in("balance_report", misuse, fields)

    def api_request(self, /, *misuse: Never, **fields: Unpack[kinds.ApiRequest]) -> None:
        """Report one request to a venue and how long its answer took."""
        self._hand_in("api_request", misuse, fields)

    def latency(self, /, *misuse: Never, **fields: Unpack[kinds.Latency]) -> None:
        """Report an interval measured on one clock."""
        self._hand_in("latency", misuse, fields)

    def feed(self, /, *misuse: Never, **fields: Unpack[kinds.Feed]) -> None:
        """Report the state of a market-data or user feed."""
        self._hand_in("feed", misuse, fields)

    def session(self, /, *misuse: Never, **fields: Unpack[kinds.Session]) -> None:
        """Report the state of a session with a counterparty."""
        self._hand_in("session", misuse, fields)

    def heartbeat(self, /, *misuse: Never, **fields: Unpack[kinds.Heartbeat]) -> None:
        """Say that a service is alive."""
        self._hand_in("heartbeat", misuse, fields)

    def breaker(self, /, *misuse: Never, **fields: Unpack[kinds.Breaker]) -> None:
        """Report how a circuit breaker stands, and how near it is to opening."""
        self._hand_in("breaker", misuse, fields)

    def kill_switch(self, /, *misuse: Never, **fields: Unpack[kinds.KillSwitch]) -> None:
        """Report that a kill switch was engaged or released."""
        self._hand_in("kill_switch", misuse, fields)

    def dead_man(self, /, *misuse: Never, **fields: Unpack[kinds.DeadMan]) -> None:
        """Report that a dead-man timer was renewed or, with a timeout of None, disarmed."""
        self._hand_in("dead_man", misuse, fields)

    def limit(self, /, *misuse: Never, **fields: Unpack[kinds.Limit]) -> None:
        """Report a limit that the platform enforces; None removes it."""
        self._hand_in("limit", misuse, fields)

    def clock(self, /, *misuse: Never, **fields: Unpack[kinds.Clock]) -> None:
        """Report how far a host's clock is from UTC; above zero is ahead."""
        self._hand_in("clock", misuse, fields)

    def drill(self, /, *misuse: Never, **fields: Unpack[kinds.Drill]) -> None:
        """Report that a synthetic test, or a step of one, ended."""
        self._hand_in("drill", misuse, fields)

    def timed_api_request(
        self, /, *misuse: Never, **fields: Unpack[kinds.TimedApiRequest]
    ) -> TimedRequest:
        """Return a context that reports, as an `api_request`, how long its body took."""
        return TimedRequest(
            lambda outcome: self._hand_in("api_request", misuse, {**fields, **outcome})
        )
