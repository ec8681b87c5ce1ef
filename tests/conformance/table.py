"""The table of docs/accounting.md that says how the books agree with other people's answers.

`python -m tests.conformance.table` prints it; with `--write` it goes into the document.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tests.conformance.case import REPOSITORY, Checked, Excluded, Source
from tests.conformance.sources import SOURCES
from tests.made_part import MadePart

PART: Final = MadePart(
    REPOSITORY / "docs" / "accounting.md",
    "<!-- conformance table: made by tests/conformance -->\n",
    "<!-- end of the conformance table -->\n",
)

_INTRODUCTION: Final = """\
Recorded or published by others, each booked as events through `Books.apply`; made by `python -m tests.conformance.table --write`, and a test holds it to what the tests find.
Exactly: every figure of the case is the same number. To the printed digits: at least one differs beyond the digits that its source prints or keeps, as said below.
"""


class Tally(NamedTuple):
    """How many cases there are and how they agree; then how many figures, and how many exactly."""

    cases: int
    exact: int
    printed: int
    excluded: int
    figures: int
    exact_figures: int


def tally(source: Source) -> Tally:
    """Count a source's cases. All that are checked must agree."""
    cases = source.cases()
    checked = exact = figures = exact_figures = 0
    for case in cases:
        if isinstance(case, Checked):
            answers = case.answers()
            wrong = [str(answer) for answer in answers if not answer.agrees]
            assert not wrong, (case.name, wrong)
            checked += 1
            alike = sum(answer.exact for answer in answers)
            exact += alike == len(answers)
            figures += len(answers)
            exact_figures += alike
    excluded = len(cases) - checked
    return Tally(len(cases), exact, checked - exact, excluded, figures, exact_figures)


def rows() -> Iterator[str]:
    yield "| source | cases | exactly | to the printed digits | excluded | figures | of them exactly |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    tallies = [tally(source) for source in SOURCES]
    for source, found in zip(SOURCES, tallies, strict=True):
        yield _row(f"{source.title} (`{source.path}`)", found)
    yield _row("**all**", [sum(column) for column in zip(*tallies, strict=True)])


def _row(name: str, counts: Iterable[int]) -> str:
    return "| " + " | ".join([name, *map(str, counts)]) + " |"


def exclusions() -> Iterator[str]:
    yield "| excluded | cases | why |"
    yield "|---|---:|---|"
    for source in SOURCES:
        why = Counter(case.why for case in source.cases() if isinstance(case, Excluded))
        for reason, count in why.items():
            yield f"| `{source.path}` | {count} | {reason} |"


def notes() -> Iterator[str]:
    for source in SOURCES:
        if source.digits:
            yield f"- `{source.path}`, printed digits: {source.digits}."
    for source in SOURCES:
        if source.left_out:
            yield f"- `{source.path}`, not compared: {source.left_out}."


def render() -> str:
    """Return the text that stands between the markers."""
    parts = (rows(), notes(), exclusions())
    return "\n".join([_INTRODUCTION, *("\n".join(part) + "\n" for part in parts)])


if __name__ == "__main__":
    PART.show(render())
