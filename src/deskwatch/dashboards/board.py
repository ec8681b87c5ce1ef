"""A board: rows of panels, the variables that narrow them, and the way to the other boards."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from grafana_foundation_sdk.builders import dashboard as sdk
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from deskwatch.dashboards.panel import PROMETHEUS, Panel

_TAG: Final = "deskwatch"

#: The boards that every other one leads to by name; the rest are in a menu.
_MAIN: Final = {
    "deskwatch-pnl": "P&L",
    "deskwatch-latency": "Latency",
    "deskwatch-risk": "Risk",
    "deskwatch-health": "Health",
}


class Variable(NamedTuple):
    """A label whose values can be chosen; all of them at first, the empty one included.

    metrics: those whose values they are: all that a board shows by it, or what goes with them.
    """

    name: str
    label: str
    metrics: Sequence[str]


ACCOUNT: Final = Variable(
    "account", "account", ("desk_account_pnl_net", "desk_orders_total", "desk_limit")
)
STRATEGY: Final = Variable(
    "strategy", "strategy", ("desk_strategy_pnl_net", "desk_orders_total", "desk_limit")
)
VENUE: Final = Variable(
    "venue",
    "venue",
    (
        "desk_pnl_net",
        "desk_orders_total",
        "desk_limit",
        "desk_api_request_seconds_count",
        "desk_feed_messages_total",
        "desk_session_state",
    ),
)
CURRENCY: Final = Variable("currency", "currency", ("desk_account_pnl_net", "desk_pnl_net"))


class Board(NamedTuple):
    """One dashboard.

    question: what it answers, in one line. rows: panels by the row's title, top first.
    """

    uid: str
    title: str
    question: str
    rows: Mapping[str, Sequence[Panel]]
    variables: Sequence[Variable] = ()
    since: str = "now-1h"

    def render(self) -> str:
        """Return the JSON that Grafana provisions, with a line end."""
        board = (
            sdk.Dashboard(self.title)
            .uid(self.uid)
            .description(self.question)
            .tags([_TAG])
            .timezone("utc")
            .time(self.since, "now")
            .refresh("10s")
            .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
            .editable()
        )
        for variable in self.variables:
            board.with_variable(_variable(variable))
        for link in _links(self.uid):
            board.link(link)
        board.annotation(_PAGES).annotation(_TRIPS)
        for title, panels in self.rows.items():
            board.with_row(sdk.Row(title))
            for panel in panels:
                board.with_panel(panel)
        model = board.build()
        for number, panel in enumerate(model.panels or (), start=1):
            panel.id_val = number
        # The SDK's default would hide links and annotations in a menu that old Grafanas lack.
        for shown in (*(model.links or ()), *(model.annotations.list_val or ())):
            shown.placement = None
        return json.dumps(model, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def _variable(variable: Variable) -> Any:
    first, *others = variable.metrics
    asked = first if not others else f'{{__name__=~"{"|".join(variable.metrics)}"}}'
    query = f"label_values({asked}, {variable.label})"
    return (
        sdk.QueryVariable(variable.name)
        .label(variable.name)
        .datasource(PROMETHEUS)
        .query({"query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"})
        .definition(query)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _links(uid: str) -> list[Any]:
    links = [
        sdk.DashboardLink(title)
        .type(dashboard.DashboardLinkType.LINK)
        .icon("dashboard")
        .url(f"/d/{other}")
        .keep_time(True)
        .include_vars(True)
        for other, title in _MAIN.items()
        if other != uid
    ]
    menu = (
        sdk.DashboardLink("All boards")
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags([_TAG])
        .as_dropdown(True)
        .keep_time(True)
        .include_vars(True)
    )
    return [*links, menu]


#: What a page is about: Grafana writes the name of a label for its value where a series has none.
_ABOUT: Final = (
    *("account", "strategy", "venue", "symbol", "limit", "breaker", "scope", "timer", "session"),
    *("channel", "service", "host", "process", "source", "operation", "stage", "drill"),
    *("integration", "instance"),
)


#: Up to Grafana 11.5 marks that are further apart than this are marks of their own, and not a
#: stretch of time; with less, an hour's would be.
_MARK_STEP: Final = "1m"


def _marked(series: str, labels: Sequence[str]) -> str:
    """Return where `series` was 1, with a label `about` that holds the values of these.

    Up to Grafana 11, a hundred points are asked for whatever the time range: of six hours, what
    was over within five minutes would be between two of them.
    """
    names = ", ".join(f'"{label}"' for label in labels)
    return f'label_join(max_over_time({series}[$__interval]) == 1, "about", " ", {names})'


#: Where somebody was called.
_PAGES: Final = (
    sdk.AnnotationQuery()
    .name("Pages")
    .datasource(PROMETHEUS)
    .enable(True)
    .icon_color("red")
    .expr(_marked('ALERTS{alertstate="firing", severity="page"}', _ABOUT))
    .step(_MARK_STEP)
    .title_format("{{alertname}}")
    .text_format("{{about}}")
    .tag_keys("severity")
)

#: From a breaker's trip until it was closed again.
_TRIPS: Final = (
    sdk.AnnotationQuery()
    .name("Breaker trips")
    .datasource(PROMETHEUS)
    .enable(True)
    .icon_color("orange")
    .expr(_marked("desk_circuit_breaker_tripped", ("account", "strategy")))
    .step(_MARK_STEP)
    .title_format("{{breaker}} tripped: {{cause}}")
    .text_format("{{about}}")
    .tag_keys("cause")
)
