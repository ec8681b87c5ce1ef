"""A desk in, the row that says whether all is well out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.web.answers.breakers import BreakerRow, DeadManRow, KillSwitchRow, NearnessRow
from deskwatch.web.answers.figures import AccountPnl, PnlAnswer, StatusAnswer
from deskwatch.web.answers.latency import QuantileRow, RouteRow
from deskwatch.web.answers.risk import ExposureRow, LimitRow
from deskwatch.web.answers.var import TailRow, VarRow
from deskwatch.web.page.key_figures import KeyFigure, key_figures
from tests.web.fake import ACCOUNT, DAY, HOUR, NOW, STATUS, FakeDesk


@dataclass
class Desk(FakeDesk):
    """A desk whose answers are put together by a test."""

    accounts: list[AccountPnl] = field(default_factory=list)
    changes: dict[str, dict[str, object]] = field(default_factory=dict)
    firing: dict[str, int] | None = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    @property
    def views(self) -> dict[str, Callable[[], Struct]]:
        shown = {**super().views, "pnl": self._pnl}
        return {name: partial(self._changed, name, shown[name]) for name in shown}

    def _pnl(self) -> PnlAnswer:
        self._check_figures()
        return PnlAnswer(NOW, NOW - HOUR, NOW - DAY, [], self.accounts)

    def _changed(self, name: str, show: Callable[[], Struct]) -> Struct:
        return replace(show(), **self.changes.get(name, {}))

    def status(self) -> StatusAnswer:
        return replace(STATUS, firing=self.firing)


def row(desk: Desk) -> dict[str, KeyFigure]:
    return {figure.label: figure for figure in key_figures(desk)}


def tile(desk: Desk, label: str) -> tuple[str | None, str, str]:
    found = row(desk)[label]
    value = " ".join(found.value) if isinstance(found.value, tuple) else found.value
    return value, found.note, found.tone


def account(name: str, day: str | None, currency: str = "USD", unpriced: str | None = None):
    return replace(ACCOUNT, account=name, day=day, hour=day, currency=currency, unpriced=unpriced)


@pytest.mark.parametrize(
    ("accounts", "value", "note", "tone"),
    [
        pytest.param([], None, "no account yet", "", id="nothing was traded"),
        pytest.param(
            [account("A1", "120.4"), account("A2", "-20")], "+$100", "net, since 14:13 UTC", "signed",
            id="accounts add up",
        ),
        pytest.param(
            [account("A1", "-1"), account("A2", "3", "EUR")], "−$1.00 +€3.00", "net, since 14:13 UTC",
            "signed", id="currencies don't",
        ),
        pytest.param(
            [account("A1", "120"), account("A2", None, unpriced="no_mark")], None,
            "A2: no price", "warn", id="one that can't be known makes the sum unknown",
        ),
    ],
)  # fmt: skip
def test_pnl_today(accounts, value: str | None, note: str, tone: str) -> None:
    assert tile(Desk(accounts=accounts), "P&L today") == (value, note, tone)


def test_a_simulated_account_is_in_no_tile() -> None:
    """Nor does it keep one from being known."""
    accounts = [account("A1", "120"), account("drill", None, unpriced="no_mark")]
    changes: dict[str, dict[str, object]] = {
        "pnl": {"not_summed": ["drill"]},
        "exposure": {
            "accounts": [exposure("A1", "400000"), exposure("drill", None)],
            "not_summed": ["drill"],
        },
        "limits": {"limits": [limit("drill", 1.5, "breached"), limit("A1", 0.4)]},
        "var": {"rows": [var("A1", "1200"), var("drill", "9000")], "not_summed": ["drill"]},
    }
    desk = Desk(accounts=accounts, changes=changes)
    said = [tile(desk, label)[0] for label in ("P&L today", "Gross exposure", "VaR 99% 1 h")]
    assert said == ["+$120", "$400k", "$1.20k"]
    assert tile(desk, "Gross exposure")[1:] == ("A1 40% of limit", "")


def exposure(name: str, gross: str | None) -> ExposureRow:
    return ExposureRow(
        account=name,
        currency="USD",
        long=gross,
        short="0",
        gross=gross,
        net=gross,
        working="0",
        unpriced=None if gross else "mark_stale",
    )


def limit(name: str, utilization: float | None, state: str = "ok", **others: str) -> LimitRow:
    return LimitRow(
        **{"limit": "gross", "strategy": "", "venue": "", "symbol": "", **others},
        account=name,
        currency="USD",
        unit="money",
        value="1000000",
        used="1",
        utilization=utilization,
        state=state,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("accounts", "limits", "expected"),
    [
        ([], [], (None, "no position yet", "")),
        ([exposure("A1", "18000000"), exposure("A2", "400000")], [], ("$18.4m", "no limit", "")),
        (
            [exposure("A1", "412000")],
            [
                limit("A1", 1.5, "breached", strategy="pairs"),
                limit("A2", 0.919, "high"),
                limit("A1", 0.412),
            ],
            ("$412k", "A2 91% of limit", "warn"),
        ),
        ([exposure("A1", "1")], [limit("A1", 1.2, "breached")], ("$1.00", "A1 120% of limit", "neg")),
        (
            [exposure("A1", "1")], [replace(limit("A1", None, "unknown"), used=None)],
            ("$1.00", "A1: use of its limit unknown", "warn"),
        ),
        (
            [exposure("A1", "1")], [replace(limit("A1", None, "breached"), value="0")],
            ("$1.00", "A1: its limit is zero", "neg"),
        ),
        ([exposure("A1", None)], [limit("A1", 0.1)], (None, "A1: price too old", "warn")),
    ],
)  # fmt: skip
def test_gross_exposure_against_its_limit(accounts, limits, expected) -> None:
    desk = Desk(changes={"exposure": {"accounts": accounts}, "limits": {"limits": limits}})
    assert tile(desk, "Gross exposure") == expected


def var(
    name: str,
    amount: str,
    unknown: str | None = None,
    strategy: str | None = None,
    currency: str = "USD",
) -> VarRow:
    tails = [
        TailRow(
            method=method,  # type: ignore[arg-type]
            confidence=confidence,
            value_at_risk=value,
            expected_shortfall="0",
            component=None,
            marginal_ratio=None,
        )
        for method, confidence, value in [
            ("ewma", 0.99, "9000000"), ("historical", 0.95, "8000000"), ("historical", 0.99, amount),
        ]
    ]  # fmt: skip
    return VarRow(
        account=name,
        strategy=strategy,
        currency=currency,
        observations=500,
        gross="1",
        unknown=unknown,  # type: ignore[arg-type]
        tails=[] if unknown else tails,
        backtests=[],
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], (None, "no account yet", "")),
        (
            [var("A1", "1200"), var("A2", "500"), var("A2", "7000", strategy="pairs")],
            ("$1.20k", "A1, historical", ""),
        ),
        (
            [
                var("J1", "90000", currency="JPY"),
                var("A1", "500"),
                var("A2", "1200"),
                var("J2", "8000", currency="JPY"),
            ],
            ("¥90.0k $1.20k", "J1, A2, historical", ""),
        ),
        (
            [var("A1", "1200"), var("A2", "0", "warming_up")],
            (None, "A2: too few returns yet", "warn"),
        ),
        (
            [var("A1", "1200"), replace(var("A2", "500"), tails=var("A2", "500").tails[:2])],
            (None, "A2: no historical VaR of its returns", "warn"),
        ),
    ],
)
def test_value_at_risk_is_the_limits(rows, expected) -> None:
    assert tile(Desk(changes={"var": {"rows": rows}}), "VaR 99% 1 h") == expected


def route(operation: str, venue: str, *p99s_ns: int | None) -> RouteRow:
    windows = [
        QuantileRow(window=name, count=1, p50_ns=None, p90_ns=None, p99_ns=p99_ns, p999_ns=None)
        for name, p99_ns in zip(("1m", "5m", "1h"), p99s_ns, strict=True)
    ]
    return RouteRow(
        operation=operation, venue=venue, request="", transport="", stage="", normal_p99_ns=None,
        windows=windows,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([], (None, "too few orders", "")),
        (
            [
                route("order_ack", "XNYS", 14_200_000, 1, 1),
                route("order_ack", "XLON", 9_000_000, 99_000_000, 99_000_000),
                route("feed_delay", "XLON", 500_000_000, 1, 1),
            ],
            ("14.2 ms", "XNYS, last 1m", ""),
        ),
        ([route("order_ack", "XNYS", None, 3_000_000, 1)], ("3 ms", "XNYS, last 5m", "")),
        ([route("order_ack", "XNYS", None, None, None)], (None, "too few orders", "")),
    ],
)
def test_acknowledgements_are_the_slowest_venues(routes, expected) -> None:
    assert tile(Desk(changes={"latency": {"routes": routes}}), "Ack p99") == expected


UNKNOWN = NearnessRow(watches="", used=None, limit=None, ratio=None, told_at=None, why="not_told")


def breaker(name: str, state: str) -> BreakerRow:
    return BreakerRow(
        breaker=name, account="A1", strategy="", state=state, since=NOW, in_state_s=0.0,  # type: ignore[arg-type]
        nearness=UNKNOWN, tripped=None, reset=None, trips={}, resets={}, recent_trips=0,
        flapping=False,
    )  # fmt: skip


def switch(engaged: bool) -> KillSwitchRow:
    return KillSwitchRow(
        scope="desk", account="", engaged=engaged, since=NOW, actor="ada", cause="", engagements=1,
        releases={},
    )  # fmt: skip


def timer(left_s: float | None) -> DeadManRow:
    return DeadManRow(
        timer="oms", venue="XNYS", account="", renewed_at=NOW, renewals=1, timeout_s=10.0,
        left_s=left_s,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (None, "none reported", "")),
        ({"breakers": [breaker("loss", "closed")]}, ("All closed", "1 watched", "pos")),
        (
            {"breakers": [breaker("loss", "open"), breaker("rate", "closed")]},
            ("1 open", "loss", "neg"),
        ),
        (
            {
                "breakers": [breaker("loss", "half_open"), breaker("loss", "open")],
                "kill_switches": [switch(engaged=True), switch(engaged=False)],
                "dead_man_timers": [timer(-1.0), timer(5.0), timer(None)],
            },
            ("4 open", "dead-man oms, kill switch, loss", "neg"),
        ),
    ],
)
def test_breakers(changes, expected) -> None:
    assert tile(Desk(changes={"breakers": changes}), "Breakers") == expected


@pytest.mark.parametrize(
    ("firing", "expected"),
    [
        ({}, ("None", "nothing fires", "pos")),
        ({"info": 2}, ("2", "2 info", "warn")),
        ({"warning": 2, "page": 1}, ("3", "1 page, 2 warnings", "neg")),
        (None, (None, "no rules are evaluated", "warn")),
    ],
)
def test_open_alerts(firing: dict[str, int] | None, expected) -> None:
    assert tile(Desk(firing=firing), "Open alerts") == expected


def test_while_the_books_are_not_whole_no_figure_is_shown_and_alerts_are() -> None:
    desk = Desk(accounts=[account("A1", "100")], firing={"page": 1})
    desk.figures_unavailable = "replaying the journal: 12 blocks so far"
    shown = row(desk)
    assert shown.pop("Open alerts").value == "1"
    assert len(shown) == 6
    assert {(one.value, one.note) for one in shown.values()} == {(None, desk.figures_unavailable)}
