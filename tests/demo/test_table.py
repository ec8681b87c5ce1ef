import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from deskwatch.demo.answers import Pnl, PositionRow, Positions, Status
from deskwatch.demo.table import Outage, largest_first, render
from deskwatch.web.answers.figures import PnlAnswer, PositionsAnswer, StatusAnswer

ANSWERS = Path(__file__).parent / "answers"
URL = "http://127.0.0.1:8080"


def status() -> Status:
    return msgspec.json.decode((ANSWERS / "status.json").read_bytes(), type=Status)


def pnl() -> Pnl:
    return msgspec.json.decode((ANSWERS / "pnl.json").read_bytes(), type=Pnl)


def positions() -> Positions:
    return msgspec.json.decode((ANSWERS / "positions.json").read_bytes(), type=Positions)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("status", StatusAnswer), ("pnl", PnlAnswer), ("positions", PositionsAnswer)],
)
def test_the_written_answers_are_what_the_api_answers(name, kind):
    body = (ANSWERS / f"{name}.json").read_bytes()
    answer = msgspec.json.decode(body, type=kind)
    assert msgspec.to_builtins(answer) == msgspec.json.decode(body)


def drawn(width: int, outage: Outage | None = None, *, colors: bool = False) -> str:
    console = Console(width=width, force_terminal=colors, color_system="256" if colors else None)
    with console.capture() as capture:
        console.print(render(status(), pnl(), positions(), width, url=URL, outage=outage))
    return capture.get()


def section(text: str, title: str) -> list[str]:
    """Return a table's lines: its heading, then its rows."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(title))
    rows = lines[start + 1 :]
    return rows[: rows.index("") if "" in rows else None]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width):
    assert max(len(line) for line in drawn(width).splitlines()) <= width


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("title", ["P&L by strategy", "Accounts", "Largest positions"])
def test_figures_stand_under_the_end_of_their_headings(width, title):
    heading, *rows = section(drawn(width), title)
    ends = [found.end() for found in re.finditer(r"\S+(?: \S+)*", heading)][-2:]
    for row in rows:
        for end in ends:
            assert row[end - 1] != " ", row
            assert row[end : end + 1] in {"", " "}, row


@pytest.mark.parametrize("width", [80, 160])
def test_every_figure_of_the_answer_is_there_in_full(width):
    text = drawn(width)
    for figure in ("+9,515.50", "-1,196.46", "1,998,200.96", "-290,000", "-2.981959", "98.6"):
        assert figure in text
    assert re.search(r"crypto +funding_carry +USD", text)


def test_a_wide_table_shows_what_a_pnl_is_made_of():
    narrow, wide = drawn(80), drawn(160)
    for heading in ("realized", "unrealized", "fees", "average price", "mark age"):
        assert heading in wide
        assert heading not in narrow
    assert "-435.20" in wide, "what was paid in fees is a loss"


@pytest.mark.parametrize("width", [80, 160])
def test_what_cannot_be_known_says_why_and_is_no_number(width):
    text = drawn(width)
    momentum = next(line for line in section(text, "P&L by strategy") if "? mark_stale" in line)
    assert momentum.startswith("crypto")
    assert momentum.count("? mark_stale") >= 4
    known = ["+2,418.00", "-732.40", "0.00"] if width == 160 else []
    assert re.findall(r"[+-]?[\d,]+\.\d\d", momentum) == known
    unpriced = next(line for line in section(text, "Largest") if "ETHUSDT-PERP" in line)
    assert unpriced.count("? no_mark") == 2


def test_an_unknown_figure_without_a_reason_is_still_unknown():
    answer = pnl()
    row = msgspec.structs.replace(answer.strategies[0], hour=None)
    console = Console(width=80)
    with console.capture() as capture:
        one = msgspec.structs.replace(answer, strategies=[row])
        console.print(render(status(), one, None, 80, url=URL))
    assert "? unknown" in capture.get()


def test_signs_are_written_and_colour_repeats_them():
    text = drawn(160, colors=True)
    assert re.search(r"\x1b\[32m *\+9,515\.50\x1b", text)
    assert re.search(r"\x1b\[31m *-1,196\.46\x1b", text)
    assert not re.search(r"\x1b\[3[12]m *0\.00\x1b", text)


def test_an_outage_is_written_large_and_nothing_looks_live():
    text = drawn(80, Outage("connection refused", 12.3), colors=True)
    plain = drawn(80, Outage("connection refused", 12.3))
    assert "#   #   ###         ###" in plain
    assert "connection refused" in plain
    assert "12 s old" in plain
    assert "READY" not in plain
    shown = text[text.index("deskwatch 0.1.0") :]
    assert "\x1b[32m" not in shown
    assert "\x1b[31m" not in shown
    for figure in ("+9,515.50", "1,998,200.96", "-290,000", "98.6", "funding_carry"):
        line = next(line for line in shown.splitlines() if figure in line)
        before = line[: line.index(figure)]
        assert before.rfind("\x1b[38;5;244m") > before.rfind("\x1b[0m"), figure


def test_before_the_first_answer_there_are_no_figures():
    console = Console(width=80)
    with console.capture() as capture:
        console.print(render(None, None, None, 80, url=URL, outage=Outage("refused", None)))
    assert "It has not answered yet." in capture.get()
    assert "P&L by strategy" not in capture.get()


def test_refused_events_are_shown_by_reason_most_first():
    line = next(line for line in drawn(160).splitlines() if "events refused" in line)
    assert line.startswith("178 events refused: event_time_in_future 101, negative_quantity 31")
    assert "too_large" not in line


def test_a_journal_in_trouble_is_told():
    broken = msgspec.structs.replace(
        status(),
        ready=False,
        journal=msgspec.structs.replace(status().journal, state="unwritable", detail="disk full"),
    )
    console = Console(width=160)
    with console.capture() as capture:
        console.print(render(broken, pnl(), positions(), 160, url=URL))
    assert "NOT READY  journal unwritable disk full" in capture.get()


@pytest.mark.parametrize("width", [80, 160])
def test_the_addresses_to_open_are_there(width):
    text = drawn(width)
    assert f"{URL}/" in text
    assert "/metrics" in text
    assert "/api/v1/pnl" in text


def test_positions_without_a_price_come_first_then_the_largest_of_each_currency():
    held = [row for row in positions().positions if float(row.quantity)]
    order = [(row.symbol, row.strategy) for row in largest_first(held, 7)]
    assert order == [
        ("ETHUSDT-PERP", "momentum"),
        ("ETHUSD", "momentum"),
        ("SAP", "pairs"),
        ("ESZ6", "momentum"),
        ("BTCUSDT", "funding_carry"),
        ("XBTUSD", "funding_carry"),
        ("SIE", "pairs"),
    ]


def test_of_one_currency_the_larger_comes_first():
    held = [row for row in positions().positions if row.notional is not None]
    for currency in {row.currency for row in held}:
        sizes = [size(row) for row in largest_first(held, 99) if row.currency == currency]
        assert all(first >= second for first, second in pairwise(sizes))


def size(row: PositionRow) -> float:
    return abs(float(row.notional or 0))


def test_flat_positions_are_left_out():
    assert "NVDA" not in drawn(160)
