"""Exposure, margin and limits as the API answers them."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, cast

from deskwatch.core.books import Books
from deskwatch.core.exposure import Total
from deskwatch.core.holder import Holder, Scope
from deskwatch.core.limit import LIMIT_DECIMALS, LIMIT_KINDS, LimitState, LimitUse, Thresholds
from deskwatch.core.limit_measures import Look, concentration, leverage
from deskwatch.core.money import (
    MAX_DECIMALS,
    REPORTING_DECIMALS,
    format_decimal,
    format_figure,
    to_float,
)
from deskwatch.core.period import SECOND, age_ns
from deskwatch.engine.views.pnl import missing_rates
from deskwatch.web.answers.figures import Unpriced
from deskwatch.web.answers.risk import (
    ExposureAnswer,
    ExposureRow,
    LeverageRow,
    LimitRow,
    LimitsAnswer,
    LiquidationRow,
    MarginRow,
    MissingRow,
    ThresholdsRow,
)

_WORST_FIRST: Final[tuple[LimitState, ...]] = ("breached", "unknown", "high", "near", "ok")


def exposure(books: Books, now: int) -> ExposureAnswer:
    """Return the exposure of accounts and their parts, and margin, as of `now`."""
    books.refresh(now)
    books.exposures.refresh(now)
    look = Look(books, now)
    rows: dict[Scope | None, list[ExposureRow]] = defaultdict(list)
    for holder, total in sorted(_shown(books, now)):
        rows[holder.scope].append(_exposure(total, look))
    return ExposureAnswer(
        as_of=now,
        accounts=rows["account"],
        strategies=rows["strategy"],
        venues=rows["venue"],
        instruments=rows["instrument"],
        currencies=[
            _exposure(total, look) for _, total in sorted(books.exposures.by_currency.items())
        ],
        leverage=[
            LeverageRow(account=name, leverage=_ratio(leverage(look, Holder(name))))
            for name in sorted(books.valuation.accounts)
        ],
        margins=[_margin(books, key, now) for key in sorted(books.margin.margins)],
        liquidations=[
            _liquidation(look, key)
            for key in sorted(books.margin.liquidations)
            if books.margin.at_risk(key)
        ],
        missing_rates=missing_rates(books.exposures.missing_rates()),
        not_summed=sorted(books.not_summed),
    )


def _shown(books: Books, now: int) -> Iterator[tuple[Holder, Total]]:
    """Yield the exposures but for those of lines, and of instruments that are long flat."""
    for holder, total in books.exposures.totals.items():
        is_line = holder.strategy and holder.symbol
        if not is_line and not books.exposures.rests(total, now):
            yield holder, total


def _exposure(total: Total, look: Look) -> ExposureRow:
    holder, exposed = total.holder, total.exposure
    share = None
    if holder.scope in ("account", "strategy") and not total.settle:
        share = concentration(look, holder)
    return ExposureRow(
        account=holder.account,
        strategy=holder.strategy,
        venue=holder.venue,
        symbol=holder.symbol,
        settle=total.settle,
        currency=total.currency,
        long=None if exposed is None else format_decimal(exposed.long, REPORTING_DECIMALS),
        short=None if exposed is None else format_decimal(exposed.short, REPORTING_DECIMALS),
        gross=None if exposed is None else format_decimal(exposed.gross, REPORTING_DECIMALS),
        net=None if exposed is None else format_decimal(exposed.net, REPORTING_DECIMALS),
        working=None if exposed is None else format_decimal(exposed.working, REPORTING_DECIMALS),
        concentration=_ratio(share),
        unpriced=cast("Unpriced | None", total.why),
    )


def _margin(books: Books, key: tuple[str, str, str], now: int) -> MarginRow:
    margin, ratios = books.margin.margins[key], books.margin.ratios(key, now)
    account, venue, currency = key
    return MarginRow(
        account=account,
        venue=venue,
        currency=currency,
        equity=format_figure(margin.equity, MAX_DECIMALS),
        margin_used=format_figure(margin.margin_used, MAX_DECIMALS),
        maintenance_margin=format_figure(margin.maintenance_margin, MAX_DECIMALS),
        margin_used_ratio=_ratio(ratios.used),
        maintenance_margin_ratio=_ratio(ratios.maintenance),
        failed=margin.failed,
        age_s=age_ns(margin.since, now) / SECOND,
    )


def _liquidation(look: Look, key: tuple[str, str, str]) -> LiquidationRow:
    report = look.books.margin.liquidations[key]
    account, venue, symbol = key
    return LiquidationRow(
        account=account,
        venue=venue,
        symbol=symbol,
        price=format_figure(report.price, MAX_DECIMALS),
        distance_ratio=_ratio(look.distance(Holder(account, "", venue, symbol))),
        failed=report.failed,
        age_s=age_ns(report.since, look.now) / SECOND,
    )


def limits(books: Books, now: int) -> LimitsAnswer:
    """Return every limit and what is used of it as of `now`, and those that are missing."""
    thresholds = books.limits.thresholds
    rows = [_limit(use, thresholds) for use in worst_first(books.limits.uses(now), thresholds)]
    missing = sorted(one for one, gone in books.limits.missing().items() if gone)
    texts = (format_decimal(each, REPORTING_DECIMALS) for each in thresholds)
    return LimitsAnswer(
        as_of=now,
        thresholds=ThresholdsRow(*texts),
        limits=rows,
        missing=[MissingRow(limit=one.kind, **one.holder._asdict()) for one in missing],
    )


def worst_first(uses: Iterable[LimitUse], thresholds: Thresholds) -> list[LimitUse]:
    """Return uses by their state, and then by how much is used of each."""

    def place(use: LimitUse) -> tuple[int, float]:
        return _WORST_FIRST.index(use.state(thresholds)), -(use.utilization or 0.0)

    return sorted(uses, key=place)


def _limit(use: LimitUse, thresholds: Thresholds) -> LimitRow:
    known = LIMIT_KINDS.get(use.kind)
    ratio = use.utilization
    return LimitRow(
        limit=use.kind,
        **use.holder._asdict(),
        currency=use.currency,
        unit="" if known is None else known.unit,
        value=format_decimal(use.limit, LIMIT_DECIMALS),
        used=format_figure(use.used, LIMIT_DECIMALS),
        utilization=None if ratio is None or math.isinf(ratio) else ratio,
        state=use.state(thresholds),
    )


def _ratio(ratio: int | None) -> float | None:
    return None if ratio is None else to_float(ratio, LIMIT_DECIMALS)
