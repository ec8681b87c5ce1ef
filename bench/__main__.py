"""`python -m bench [NAME …]`: measure, print one table, and say whether every gate was passed."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench import (
    decode,
    durable,
    event_to_alert,
    exposition,
    grown,
    ingest,
    journal,
    latency,
    logs,
    memory,
    nautilus,
    numbers,
    page,
    page_hour,
    pnl,
    replay,
    report,
    risk,
    scrape,
    sdk,
)
from bench.compiled import compiled
from bench.row import Row

#: Benches of the source as it is.
INTERPRETED: Final[dict[str, Callable[..., list[Row]]]] = {
    "numbers": numbers.rows,
    "decode": decode.rows,
    "journal": journal.rows,
    "exposition": exposition.rows,
    "scrape": scrape.rows,
    "grown": grown.rows,
    "sdk": sdk.rows,
    "memory": memory.rows,
    "risk": risk.rows,
    "page": page.rows,
    "logs": logs.rows,
    "page_hour": page_hour.rows,
}

#: Benches of that and of the books as a wheel compiles them.
BOTH: Final[dict[str, Callable[..., list[Row]]]] = {
    "pnl": pnl.rows,
    "nautilus": nautilus.rows,
    "replay": replay.rows,
    "ingest": ingest.rows,
    "durable": durable.rows,
    "latency": latency.rows,
    "event_to_alert": event_to_alert.rows,
}

NAMES: Final = (*INTERPRETED, *BOTH)

#: What takes so long that it has to be asked for by name.
BY_NAME: Final = {"page_hour"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="fewer turns: rough figures")
    parser.add_argument("--write", action="store_true", help="put rows into docs/performance.md")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(
            f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}"
        )
    if arguments.write and arguments.quick:
        parser.error("--write needs the benches' full number of turns")
    names = arguments.names or [name for name in NAMES if name not in BY_NAME]
    rows = measure(names, quick=arguments.quick)
    report.print_table(rows)
    if arguments.write:
        report.write_table(rows)
    missed = [row.case for row in rows if row.passed is False]
    for case in missed:
        print(f"gate missed: {case}", file=sys.stderr)
    return 1 if missed else 0


def measure(names: Sequence[str], *, quick: bool) -> list[Row]:
    """Run the benches in the order of NAMES and return their rows."""
    table: list[Row] = []
    with ExitStack() as stack:
        built: Path | None = None
        if not BOTH.keys().isdisjoint(names):
            built = stack.enter_context(compiled())
        for name in NAMES:
            if name not in names:
                continue
            started = time.monotonic()
            if name in BOTH:
                table += BOTH[name](built, quick=quick)
            else:
                table += INTERPRETED[name](quick=quick)
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return table


if __name__ == "__main__":
    sys.exit(main())
