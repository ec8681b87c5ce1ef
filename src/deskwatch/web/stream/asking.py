"""How a topic of the page's streams is asked for: as often as it may, and whatever comes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct

from deskwatch.core.rejection import shorten
from deskwatch.web.answers.figures import Error, ErrorAnswer
from deskwatch.web.desks.alerts import AlertsUnavailable
from deskwatch.web.desks.figures import FiguresUnavailable
from deskwatch.web.respond import MAX_WHY, ErrorReason

log = structlog.get_logger()

#: After how long without an answer a topic says so.
PATIENCE_S: Final = 5.0

#: A topic that takes long is asked for less often, so that all that are read take this share of a
#: core together; but no more seldom than once a second, at the pace of the rounds, and breakers
#: sooner (s), for one that opens must be red on a page within a second; unless all together took
#: more than the most.
USUAL_SHARE: Final = 0.005
USUAL_S: Final = 0.95
SOONER_S: Final = {"breakers": 0.7}
MOST_SHARE: Final = 0.2

#: What costs most and is read slowest comes no more often than this (s): quantiles of minutes, and
#: the risk of a day.
LEAST_S: Final = {"latency": 1.9, "var": 1.9}

#: Seconds that only go forward.
Elapsed = Callable[[], float]

#: What a topic's answer is; raises FiguresUnavailable or AlertsUnavailable where there is none.
Ask = Callable[[], Struct | Awaitable[Struct]]


class Asking:
    """One topic's questions and answers."""

    def __init__(self, name: str, ask: Ask, elapsed: Elapsed) -> None:
        self._name = name
        self._least_s = LEAST_S.get(name, 0.0)
        self._usual_s = SOONER_S.get(name, USUAL_S)
        self._ask = ask
        self._elapsed = elapsed
        self._due = elapsed()
        self._asked_at = 0.0
        self._is_broken = False
        self.answer: asyncio.Future[Struct] | None = None

    def ask(self) -> dict[str, Any] | None:
        """Ask where it is time; return the answer where it is there at once, else None."""
        began = self._elapsed()
        if self.answer is not None or began < self._due:
            return None
        self._asked_at = began
        try:
            answer = self._ask()
            if not isinstance(answer, Struct):
                self.answer = asyncio.ensure_future(answer)
                return None
            value: dict[str, Any] = msgspec.to_builtins(answer)
        except Exception as error:  # noqa: BLE001 - a reader is told, as of any address
            value = self._refusal(error)
        else:
            self._is_broken = False
        return value

    def take(self) -> dict[str, Any] | None:
        """Return the answer that was waited for; None while there is none, and no end of that."""
        if self.answer is None:
            return None
        if not self.answer.done():
            if self._elapsed() - self._asked_at < PATIENCE_S:
                return None
            return refusal("unavailable", f"no answer for {PATIENCE_S:g} s")
        answer, self.answer = self.answer, None
        try:
            value: dict[str, Any] = msgspec.to_builtins(answer.result())
        except Exception as error:  # noqa: BLE001 - as above
            return self._refusal(error)
        self._is_broken = False
        return value

    def forget(self) -> None:
        """Wait for no answer any more."""
        if self.answer is not None:
            self.answer.cancel()
            self.answer = None

    def pause(self, part: float) -> None:
        """Let time pass before the next question, by what this one and its answer took.

        part: how much of what all topics may take is this one's.
        """
        took = self._elapsed() - self._asked_at
        usual = max(min(took / (USUAL_SHARE * part), self._usual_s), self._least_s)
        self._due = self._asked_at + max(usual, took / (MOST_SHARE * part))

    def _refusal(self, error: Exception) -> dict[str, Any]:
        if isinstance(error, (FiguresUnavailable, AlertsUnavailable)):
            return refusal("unavailable", str(error))
        if not self._is_broken:
            log.error("topic_failed", topic=self._name, exc_info=error)
        self._is_broken = True
        return refusal("internal_error", "see the engine's log")


def refusal(reason: ErrorReason, why: str) -> dict[str, Any]:
    """Return what the topic's own address would answer."""
    answer = ErrorAnswer(Error(reason, shorten(why, MAX_WHY)))
    value: dict[str, Any] = msgspec.to_builtins(answer)
    return value
