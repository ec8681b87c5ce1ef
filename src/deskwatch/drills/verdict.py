"""What a probe finds: passed, or why not, from a closed set of reasons."""

from typing import Final

from msgspec import Struct

#: Every reason with its meaning. They are label values of `desk_drill_failed`: a new one is a
#: change of the interface.
REASONS: Final[dict[str, str]] = {
    "unavailable": "the platform's gateway did not answer, or answered what is no answer",
    "unauthorized": "the platform's gateway, or deskwatch, refused our token",
    "not_simulated": "the platform says that the account is none that drills may use",
    "deskwatch_unavailable": "deskwatch did not answer",
    "not_ready": "the breaker was not closed or orders were refused before anything was done",
    "still_firing": "the alert of the account fired before anything was done",
    "not_opened": "the synthetic losses did not open the breaker",
    "opened_early": "the breaker opened before the losses had come to drill.breaker.limit",
    "accepted": "an order was taken while the breaker was open; the drill cancels it",
    "wrong_code": "an order was refused with another code than the breaker's",
    "unseen": "deskwatch's metrics did not show the breaker open in time",
    "not_alerted": "the alert did not fire in time",
    "not_told": "no channel had the alert's message in time",
    "not_held": "the breaker did not stay open until it was reset",
    "not_closed": "the breaker did not close, or orders were still refused once it had",
    "not_over": "the alert still fired after the breaker had closed",
    "left_open": "the drill failed, and the breaker could not be closed again",
    "stopped": "the runner was stopped in the middle of it",
    "error": "the drill itself broke: its log has a traceback",
}


class Verdict(Struct, frozen=True):
    """Whether what was tried is as it must be. reason: why not, a key of REASONS."""

    success: bool
    reason: str = ""

    def __post_init__(self) -> None:
        """Hold the set of reasons closed."""
        assert self.success == (self.reason == ""), self
        assert self.success or self.reason in REASONS, self.reason


PASSED: Final = Verdict(success=True)


def failed(reason: str) -> Verdict:
    """Return the verdict that fails for `reason`."""
    return Verdict(success=False, reason=reason)


class Unavailable(Exception):
    """One of those that a drill talks to did not answer; `verdict` says which, and how."""

    def __init__(self, reason: str, why: str) -> None:
        self.verdict = failed(reason)
        super().__init__(f"{reason}: {why}")
