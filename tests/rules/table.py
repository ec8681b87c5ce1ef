"""The table of docs/promql.md: how many of Prometheus' own test cases pass, file by file.

`python -m tests.rules.table` prints it; with `--write` it goes into the document.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.made_part import MadePart
from tests.rules.promqltest import Outcome, run

REPOSITORY: Final = Path(__file__).parents[2]
SCRIPTS: Final = REPOSITORY.parent / "shared" / "data" / "07_prom" / "promqltest"
PART: Final = MadePart(
    REPOSITORY / "docs" / "promql.md",
    "<!-- promqltest table: made by tests/rules -->\n",
    "<!-- end of the promqltest table -->\n",
)


def outcomes() -> dict[str, list[Outcome]]:
    """Return the outcomes of each script, by its file's name."""
    return {path.name: list(run(path)) for path in sorted(SCRIPTS.glob("*.test"))}


def rows(found: dict[str, list[Outcome]]) -> Iterator[str]:
    yield "| script | instant: passed | out of scope | range: passed | out of scope | out of scope for |"
    yield "|---|---:|---:|---:|---:|---|"
    for name, own in found.items():
        yield _row(f"`{name}`", own)
    yield _row("**all**", [outcome for own in found.values() for outcome in own])


def _row(name: str, found: list[Outcome]) -> str:
    assert not any(outcome.verdict == "failed" for outcome in found), name
    counts = [
        sum(o.case.is_range is is_range and o.verdict == verdict for o in found)
        for is_range in (False, True)
        for verdict in ("passed", "out of scope")
    ]
    reasons = Counter(outcome.why for outcome in found if outcome.verdict == "out of scope")
    why = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    return f"| {name} | " + " | ".join(map(str, counts)) + f" | {why} |"


def render(found: dict[str, list[Outcome]]) -> str:
    """Return the text that stands between the markers."""
    return "\n" + "\n".join(rows(found)) + "\n\n"


if __name__ == "__main__":
    PART.show(render(outcomes()))
