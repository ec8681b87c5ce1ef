"""Cases that take turns, so that a noisy neighbour slows them all: medians of each."""

import contextlib
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

ROOT: Final = Path(__file__).parent.parent
SOURCE: Final = ROOT / "src"

#: Does one turn and returns how many seconds the measured part of it took.
Turn = Callable[[], float]

Case = TypeVar("Case")


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def cpu_seconds(call: Callable[[], object]) -> float:
    """Return what a call that only computes takes; others on the machine don't count."""
    started = time.process_time()
    call()
    return time.process_time() - started


def take_turns(cases: Mapping[Case, Turn], rounds: int) -> dict[Case, float]:
    """Return each case's median seconds a turn. The first turns warm up and don't count."""
    taken: dict[Case, list[float]] = {case: [] for case in cases}
    for _ in range(rounds + 1):
        for case, turn in cases.items():
            taken[case].append(turn())
    return {case: median(times[1:]) for case, times in taken.items()}


@contextlib.contextmanager
def process(make: str, *, source: Path = SOURCE, python: str = sys.executable) -> Iterator[Turn]:
    """Start a process whose turns are those of `make`, "module:function", and stop it at the end.

    source: where it finds the package deskwatch. Its memory is its own, as in an engine's process.
    """
    environment = os.environ | {"PYTHONPATH": f"{source}{os.pathsep}{ROOT}"}
    worker = subprocess.Popen(
        [python, "-m", "bench.turns", make],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        text=True,
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    ask, answers = worker.stdin, worker.stdout

    def turn() -> float:
        with contextlib.suppress(BrokenPipeError):  # then there is no answer
            ask.write("turn\n")
            ask.flush()
        answer = answers.readline()
        if not answer:
            raise RuntimeError(f"{make} ended with {worker.wait()}")
        return float(answer)

    try:
        yield turn
    finally:
        with contextlib.suppress(BrokenPipeError):
            ask.close()
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        answers.close()


def serve_turns(make: str) -> None:
    module, function = make.split(":")
    turn: Turn = getattr(importlib.import_module(module), function)()
    for _ in sys.stdin:
        print(turn(), flush=True)


if __name__ == "__main__":
    serve_turns(sys.argv[1])
