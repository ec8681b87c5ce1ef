"""A request to a venue, timed."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self


class TimedRequest:
    """A context that measures its body on the monotonic clock.

    status: what is reported, such as an HTTP status; left alone it is `ok`, or `error` when the
    body raised. The program's exception goes on its way.
    """

    def __init__(self, report: Callable[[Mapping[str, object]], None]) -> None:
        self.status: str | int | None = None
        self._report = report
        self._began_ns = 0

    def __enter__(self) -> Self:
        self._began_ns = time.perf_counter_ns()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        duration_ns = time.perf_counter_ns() - self._began_ns
        status: str | int = self.status if self.status is not None else "error" if kind else "ok"
        if isinstance(status, int):
            with suppress(Exception):  # what is no text then is refused by the sender
                status = str(int(status))
        self._report({"status": status, "duration_ns": duration_ns})
