"""The row that answers "are we all right?", for the page as it is before its script runs."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final, Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core.limit import LimitState
from deskwatch.core.rolling import WINDOWS
from deskwatch.core.wording import counted, latency, moment, whole_share
from deskwatch.web.answers.breakers import BreakersAnswer
from deskwatch.web.answers.figures import AccountPnl, PnlAnswer
from deskwatch.web.answers.latency import LatencyAnswer
from deskwatch.web.answers.risk import ExposureAnswer, LimitRow, LimitsAnswer
from deskwatch.web.answers.var import TailRow, VarAnswer
from deskwatch.web.desks.figures import Desk, FiguresUnavailable
from deskwatch.web.page import figure_text

Tone = Literal["", "pos", "neg", "warn", "signed"]

#: How the page says why an amount can't be known.
_WHY: Final = {
    "no_mark": "no price",
    "mark_stale": "price too old",
    "no_fx": "no exchange rate",
    "fx_stale": "exchange rate too old",
    "no_opening_mark": "no price when the period began",
    "warming_up": "too few returns yet",
    "gaps": "gaps in its returns",
    "not_sampled": "not sampled",
    "too_many": "too many instruments",
}

#: Methods that are called otherwise than in the API.
_METHODS: Final = {
    "ewma": "EWMA",
    "cornish_fisher": "Cornish-Fisher",
    "monte_carlo": "Monte Carlo",
}

#: Severities, the worst first, as several are called.
_PLURALS: Final = {"page": "pages", "warning": "warnings", "info": "info"}

#: The page of each tile, from left to right.
_PAGES: Final = ("/pnl", "/pnl", "/risk", "/risk", "/latency", "", "/alerts")
_LIMIT_TONES: Final[dict[LimitState, Tone]] = {"breached": "neg", "high": "warn"}

Answer = TypeVar("Answer", bound=Struct)


class KeyFigure(Struct, frozen=True):
    """One tile. value: one for each currency; None where it can't be told: then `note` says why.

    tone: how all of it is coloured, or each by its sign; what it means is always in the text, too.
    page: the path of the page that says more.
    """

    label: str
    value: str | tuple[str, ...] | None
    note: str
    tone: Tone = ""
    page: str = ""


def key_figures(desk: Desk) -> list[KeyFigure]:
    """Return the row's tiles; while the books can't be told, each says why."""
    try:
        pnl = _asked(desk, "pnl", PnlAnswer)
        summed = [row for row in pnl.accounts if row.account not in pnl.not_summed]
        of_books = [
            _pnl("P&L today", ((row, row.day) for row in summed), pnl.day_start),
            _pnl("This hour", ((row, row.hour) for row in summed), pnl.hour_start),
            _gross(_asked(desk, "exposure", ExposureAnswer), _asked(desk, "limits", LimitsAnswer)),
            _var(_asked(desk, "var", VarAnswer)),
            _ack(_asked(desk, "latency", LatencyAnswer)),
            _breakers(_asked(desk, "breakers", BreakersAnswer)),
        ]
    except FiguresUnavailable as unavailable:
        labels = ("P&L today", "This hour", "Gross exposure", "VaR", "Ack p99", "Breakers")
        why = str(unavailable)
        of_books = [KeyFigure(label, None, why, "warn") for label in labels]
    row = [*of_books, _alerts(desk.status().firing)]
    return [replace(one, page=page) for one, page in zip(row, _PAGES, strict=True)]


def _asked(desk: Desk, name: str, kind: type[Answer]) -> Answer:
    """Return what a view shows. Raises FiguresUnavailable."""
    answer = desk.views[name]()
    assert isinstance(answer, kind), name
    return answer


def _pnl(label: str, amounts: Iterable[tuple[AccountPnl, str | None]], start_ns: int) -> KeyFigure:
    totals: dict[str, Decimal] = {}
    for row, amount in amounts:
        if amount is None:
            return KeyFigure(label, None, _why(row.account, row.unpriced), "warn")
        totals[row.currency] = totals.get(row.currency, Decimal(0)) + Decimal(amount)
    if not totals:
        return KeyFigure(label, None, "no account yet")
    value = tuple(figure_text.gain(total, currency) for currency, total in totals.items())
    return KeyFigure(label, value, f"net, since {moment(start_ns, '%H:%M UTC')}", "signed")


def _gross(exposure: ExposureAnswer, limits: LimitsAnswer) -> KeyFigure:
    label = "Gross exposure"
    totals: dict[str, Decimal] = {}
    for row in exposure.accounts:
        if row.account in exposure.not_summed:
            continue
        if row.gross is None:
            return KeyFigure(label, None, _why(row.account, row.unpriced), "warn")
        totals[row.currency] = totals.get(row.currency, Decimal(0)) + Decimal(row.gross)
    if not totals:
        return KeyFigure(label, None, "no position yet")
    value = tuple(figure_text.size(total, currency) for currency, total in totals.items())
    # Limits come worst first.
    summed = (row for row in limits.limits if row.account not in exposure.not_summed)
    worst = next(filter(_is_gross_of_account, summed), None)
    if worst is None:
        return KeyFigure(label, value, "no limit")
    if worst.utilization is None and worst.used is not None:
        return KeyFigure(label, value, f"{worst.account}: its limit is zero", "neg")
    if worst.utilization is None:
        return KeyFigure(label, value, f"{worst.account}: use of its limit unknown", "warn")
    note = f"{worst.account} {whole_share(worst.utilization)} of limit"
    return KeyFigure(label, value, note, _LIMIT_TONES.get(worst.state, ""))


def _is_gross_of_account(row: LimitRow) -> bool:
    return row.limit == "gross" and not (row.strategy or row.venue or row.symbol)


def _var(answer: VarAnswer) -> KeyFigure:
    horizon = figure_text.span(answer.horizon_s)
    label = f"VaR {figure_text.confidence(answer.limit_confidence)} {horizon}"
    accounts = [
        row for row in answer.rows if row.strategy is None and row.account not in answer.not_summed
    ]
    known = [(row, tail) for row in accounts for tail in row.tails if _is_limits(answer, tail)]
    unknown = next((row for row in accounts if row.unknown is not None), None)
    if unknown is not None:
        return KeyFigure(label, None, _why(unknown.account, unknown.unknown), "warn")
    method = _METHODS.get(answer.limit_method, answer.limit_method)
    measured = {row.account for row, _ in known}
    for row in accounts:
        if row.account not in measured:
            return KeyFigure(label, None, f"{row.account}: no {method} VaR of its returns", "warn")
    if not known:
        return KeyFigure(label, None, "no account yet")
    # What accounts risk does not add up; of each currency, the largest says most.
    largest: dict[str, tuple[Decimal, str]] = {}
    for row, tail in known:
        amount = Decimal(tail.value_at_risk)
        if row.currency not in largest or amount > largest[row.currency][0]:
            largest[row.currency] = amount, row.account
    value = tuple(figure_text.size(amount, name) for name, (amount, _) in largest.items())
    note = ", ".join([*(account for _, account in largest.values()), method])
    return KeyFigure(label, value, note)


def _is_limits(answer: VarAnswer, tail: TailRow) -> bool:
    return (tail.method, tail.confidence) == (answer.limit_method, answer.limit_confidence)


def _ack(answer: LatencyAnswer) -> KeyFigure:
    label = "Ack p99"
    for window in range(len(WINDOWS)):
        known = [
            (found.p99_ns, row.venue, found.window)
            for row in answer.routes
            if row.operation == "order_ack"
            for found in row.windows[window : window + 1]
            if found.p99_ns is not None
        ]
        if known:
            slowest_ns, venue, name = max(known)
            return KeyFigure(label, latency(slowest_ns), f"{venue}, last {name}")
    return KeyFigure(label, None, "too few orders")


def _breakers(answer: BreakersAnswer) -> KeyFigure:
    label = "Breakers"
    stopped = list(_stopped(answer))
    watched = len(answer.breakers)
    if stopped:
        return KeyFigure(label, f"{len(stopped)} open", ", ".join(sorted(set(stopped))), "neg")
    if not watched:
        return KeyFigure(label, None, "none reported")
    return KeyFigure(label, "All closed", f"{watched} watched", "pos")


def _stopped(answer: BreakersAnswer) -> Iterator[str]:
    """Yield the name of each thing that keeps the desk from trading."""
    for row in answer.breakers:
        if row.state != "closed":
            yield row.breaker
    for switch in answer.kill_switches:
        if switch.engaged:
            yield "kill switch"
    for timer in answer.dead_man_timers:
        if timer.left_s is not None and timer.left_s < 0:
            yield f"dead-man {timer.timer}"


def _alerts(firing: dict[str, int] | None) -> KeyFigure:
    label = "Open alerts"
    if firing is None:
        return KeyFigure(label, None, "no rules are evaluated", "warn")
    total = sum(firing.values())
    if not total:
        return KeyFigure(label, "None", "nothing fires", "pos")
    known = [counted(firing[name], name, _PLURALS[name]) for name in _PLURALS if firing.get(name)]
    return KeyFigure(label, str(total), ", ".join(known), "neg" if firing.get("page") else "warn")


def _why(account: str, reason: str | None) -> str:
    return f"{account}: {_WHY.get(reason or '', 'not known')}"
