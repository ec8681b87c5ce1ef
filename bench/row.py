"""A line of the table: what was measured, beside whom, and the gate that the ratio must pass."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gate:
    """A bound on a ratio: at least, or at most."""

    bound: float
    at_most: bool = False

    def passes(self, ratio: float) -> bool:
        return ratio <= self.bound if self.at_most else ratio >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"


@dataclass(frozen=True)
class Row:
    """`ratio` is how many times better ours is; where the gate is "at most", ours over the peer's.

    A row without a ratio is a figure alone, or says in `figure` why it was left out.
    """

    case: str
    figure: str
    peer: str = ""
    ratio: float | None = None
    gate: Gate | None = None

    @property
    def passed(self) -> bool | None:
        """Whether the gate was passed; None where there is none, or nothing was measured."""
        if self.gate is None or self.ratio is None:
            return None
        return self.gate.passes(self.ratio)

    @property
    def cells(self) -> tuple[str, str, str, str, str, str]:
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}"
        gate = "" if self.gate is None else str(self.gate)
        verdict = {True: "pass", False: "FAIL", None: ""}[self.passed]
        return self.case, self.figure, self.peer, ratio, gate, verdict


def rate(events: float, seconds: float) -> str:
    """Return events a second as people say it."""
    per_second = events / seconds
    return f"{per_second / 1e6:.2f} M/s" if per_second >= 1e6 else f"{per_second / 1e3:.1f} k/s"


def skipped(case: str, why: str) -> Row:
    return Row(case, f"left out: {why}")
