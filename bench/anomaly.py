"""`python -m bench.anomaly`: our detectors and a library's on labelled series (Numenta's NAB).

A window counts as detected when an alarm begins or stands in it. Alarms that are less than an hour
apart are one; those outside of every window are false. The first 15 % of a series are no test, as
in NAB itself, whose series have figures every five minutes. `--write` puts the table into
docs/anomalies.md. River is measured where it is installed: see docs/decisions.
"""

import csv
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from deskwatch.anomaly.level import Level
from deskwatch.anomaly.season import Season
from deskwatch.anomaly.settings import AnomalySettings
from deskwatch.core.period import SECOND

REPOSITORY: Final = Path(__file__).parents[1]
FOLDER: Final = REPOSITORY.parent / "shared" / "data" / "06_anomaly" / "nab"
DOCUMENT: Final = REPOSITORY / "docs" / "anomalies.md"
BEGIN: Final = "<!-- NAB table: made by python -m bench.anomaly -->\n"
END: Final = "<!-- end of the NAB table -->\n"

PROBATION: Final = 0.15
APART_S: Final = 3600
DAY_S: Final = 86_400
#: Of a week.
HOURS: Final = 168
SETTINGS: Final = AnomalySettings()

#: From which score on River's detectors alarm: where their false alarms come nearest to ours.
GAUSSIAN_AT, TREES_AT = 0.99, 0.995


class Figure(NamedTuple):
    time: int
    value: float


class Series(NamedTuple):
    name: str
    figures: list[Figure]
    windows: list[tuple[int, int]]


class Detector(Protocol):
    def see(self, figure: Figure) -> bool: ...


class RobustZ:
    """Deviations from the median of the same hour, or of all hours."""

    def __init__(self, threshold: float = SETTINGS.score) -> None:
        self._season = Season(SETTINGS)
        self._threshold = threshold

    def see(self, figure: Figure) -> bool:
        score = self.score(figure)
        return score is not None and abs(score) > self._threshold

    def score(self, figure: Figure) -> float | None:
        at, hour = figure.time * SECOND, figure.time // 3600 % HOURS
        score = self._season.judge(figure.value, at, hour).score
        self._season.take(figure.value, at, hour)
        return score


class LevelShift:
    """The latest scores' median against the ones before."""

    def __init__(self, threshold: float = SETTINGS.shift) -> None:
        self._scores = RobustZ()
        self._level = Level(SETTINGS.short, SETTINGS.long)
        self._threshold = threshold

    def see(self, figure: Figure) -> bool:
        score = self._scores.score(figure)
        if score is None:
            return False
        self._level.take(score)
        shift = self._level.shift()
        return shift is not None and abs(shift) > self._threshold


class Either:
    def __init__(self) -> None:
        self._both: tuple[Detector, ...] = (RobustZ(), LevelShift())

    def see(self, figure: Figure) -> bool:
        seen = [each.see(figure) for each in self._both]
        return any(seen)


class River:
    """A detector of River's: a probability-like score against a fixed threshold."""

    def __init__(self, name: str, threshold: float) -> None:
        from river import anomaly, compose, preprocessing  # noqa: PLC0415 - not everybody has it

        self._univariate = name == "gaussian"
        self._threshold = threshold
        self._model = (
            anomaly.GaussianScorer(window_size=None, grace_period=SETTINGS.least_all)
            if self._univariate
            else compose.Pipeline(
                preprocessing.MinMaxScaler(),
                anomaly.HalfSpaceTrees(seed=1, window_size=SETTINGS.most_all),
            )
        )

    def see(self, figure: Figure) -> bool:
        given = (None, figure.value) if self._univariate else ({"value": figure.value},)
        score = self._model.score_one(*given)
        self._model.learn_one(*given)
        return bool(score > self._threshold)


OURS: Final[dict[str, Callable[[], Detector]]] = {
    "robust z": RobustZ,
    "level shift": LevelShift,
    "either": Either,
}
RIVERS: Final[dict[str, Callable[[], Detector]]] = {
    "River Gaussian": lambda: River("gaussian", GAUSSIAN_AT),
    "River trees": lambda: River("trees", TREES_AT),
}


class Judged(NamedTuple):
    """Of one series and detector. days: those outside of probation and windows."""

    detected: int
    windows: int
    false: int
    days: float


def read() -> Iterator[Series]:
    windows = json.loads((FOLDER / "windows.json").read_text())
    for path in sorted(FOLDER.glob("*/*.csv")):
        with path.open() as file:
            figures = [
                Figure(_seconds(row["timestamp"]), float(row["value"]))
                for row in csv.DictReader(file)
            ]
        name = f"{path.parent.name}/{path.name}"
        labelled = [(_seconds(first), _seconds(last)) for first, last in windows.get(name, [])]
        yield Series(name.removesuffix(".csv"), figures, labelled)


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def judge(series: Series, detector: Detector) -> Judged:
    start = series.figures[int(len(series.figures) * PROBATION)].time
    windows = [window for window in series.windows if window[1] >= start]
    found: set[int] = set()
    false, silent_since = 0, None
    for figure in series.figures:
        alarm = detector.see(figure)
        if not alarm or figure.time < start:
            continue
        inside = [n for n, (first, last) in enumerate(windows) if first <= figure.time <= last]
        found.update(inside)
        if not inside and (silent_since is None or figure.time - silent_since > APART_S):
            false += 1
        silent_since = figure.time
    labelled = sum(last - max(first, start) for first, last in windows)
    days = (series.figures[-1].time - start - labelled) / DAY_S
    return Judged(len(found), len(windows), false, days)


def detectors() -> dict[str, Callable[[], Detector]]:
    return {**OURS, **(RIVERS if importlib.util.find_spec("river") else {})}


def rows() -> Iterator[str]:
    made = detectors()
    yield (
        "| series | windows | " + " | ".join(f"{name}: found | false a day" for name in made) + " |"
    )
    yield "|---|---:" + "|---:" * (2 * len(made)) + "|"
    total: dict[str, list[Judged]] = {name: [] for name in made}
    for series in read():
        cells = []
        for name, make in made.items():
            judged = judge(series, make())
            total[name].append(judged)
            cells.append(_cells([judged]))
        yield f"| {series.name} | {judged.windows} | " + " | ".join(cells) + " |"
    windows = sum(judged.windows for judged in total["robust z"])
    yield f"| **all** | {windows} | " + " | ".join(_cells(each) for each in total.values()) + " |"


def _cells(judged: Sequence[Judged]) -> str:
    rate = sum(one.false for one in judged) / sum(one.days for one in judged)
    return f"{sum(one.detected for one in judged)} | {rate:.2f}"


def main() -> int:
    if not FOLDER.exists():
        print(f"{FOLDER} is not there", file=sys.stderr)
        return 1
    table = "".join(f"{row}\n" for row in rows())
    print(table, end="")
    if sys.argv[1:] == ["--write"]:
        before, _, rest = DOCUMENT.read_text().partition(BEGIN)
        DOCUMENT.write_text(before + BEGIN + table + END + rest.partition(END)[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
