"""Panels: each is a call that answers one question. What Grafana's SDK leaves open is set here.

Traps of grafana-foundation-sdk 0.0.21, seen in Grafana 9.5: targets have no refId and a time
series has no legend unless they are given; a heatmap whose colours aren't given in full draws
nothing; a chart that asks for colours by name, which Grafana 10 brought, is an error. Stats and
tables ask for the instant only: a figure that is absent now is shown as not known, never as the
last one there was. For the same reason no line bridges a gap.
"""

import re
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Final, NamedTuple

import grafana_foundation_sdk.builders.common as sdk_common
import grafana_foundation_sdk.builders.dashboard as sdk_dashboard
import grafana_foundation_sdk.builders.heatmap as sdk_heatmap
import grafana_foundation_sdk.builders.logs as sdk_logs
import grafana_foundation_sdk.builders.loki as sdk_loki
import grafana_foundation_sdk.builders.prometheus as sdk_prometheus
import grafana_foundation_sdk.builders.stat as sdk_stat
import grafana_foundation_sdk.builders.statetimeline as sdk_timeline
import grafana_foundation_sdk.builders.table as sdk_table
import grafana_foundation_sdk.builders.timeseries as sdk_timeseries
import grafana_foundation_sdk.models.heatmap as heatmap_model
from grafana_foundation_sdk.models import common, dashboard, loki, prometheus

from deskwatch.core.money import REPORTING_DECIMALS
from deskwatch.core.wording import FINE
from deskwatch.dashboards.value import NOT_KNOWN, UNCOLOURED, Steps, named, thresholds

PROMETHEUS: Final = common.DataSourceRef(type_val="prometheus", uid="prometheus")
LOKI: Final = common.DataSourceRef(type_val="loki", uid="loki")

#: Money of whichever currency the series' label names: Grafana's units know only one for a panel.
#: It shows three decimals, unless told of more.
MONEY: Final = "locale"

#: Of series whose name ends in a coin of which a thousandth is much, every decimal is shown.
_COINS: Final = f"/(^| )({'|'.join(sorted(FINE))})$/"
_EVERY_DECIMAL: Final = dashboard.DynamicConfigValue("decimals", REPORTING_DECIMALS)

#: Rows of a table have one number of decimals, whatever their currencies: from here on amounts are
#: rounded to the three that Grafana would show.
_LARGE: Final = 10

_BLANK: Final = [dashboard.DynamicConfigValue("noValue", "")]

#: The step of bars that stand for clock hours.
HOURLY: Final = "1h"

#: As many as the stack's Prometheus keeps. Of a point for each pixel, Grafana's own, bars over
#: some weeks would leave out every other hour.
_MOST_HOURS: Final = 90 * 24

#: Where nothing is wrong until there is one.
NONE_IS_GOOD: Final = ((None, "green"), (1.0, "red"))
ONE_IS_GOOD: Final = ((None, "red"), (1.0, "green"))
PLAIN: Final = ((None, "text"),)
LOSS_OR_GAIN: Final = ((None, "red"), (0.0, "green"))

#: Where the pages that a panel names are to be read.
_DOCUMENTS: Final = "https://github.com/deskwatch/deskwatch/blob/main/"

#: A panel that a board has not placed yet.
Panel = Any


class Ask(NamedTuple):
    """One query of a panel, and what its series are called."""

    expr: str
    legend: str


class Column(NamedTuple):
    """One column of a table: its name, its query and its unit. names: what values are called."""

    name: str
    expr: str
    unit: str
    names: Mapping[float, str] | None = None


def timeseries(
    question: str,
    expr: str,
    *,
    unit: str,
    legend: str,
    why: str,
    also: Sequence[Ask] = (),
    limits: Sequence[Ask] = (),
    width: int = 12,
    stacked: bool = False,
    below: str = "",
    bars: bool = False,
    logarithmic: bool = False,
    interval: str = "",
) -> Panel:
    """Return a chart over time.

    limits: what the engine exports as limits, drawn dashed and red. below: what series are called
    where they are below zero, in a stack of their own: Grafana adds a series to one stack whatever
    its signs are, and a loss would be hidden behind a gain. interval: the smallest step.
    """
    panel = (
        _begun(sdk_timeseries.Panel(), question, why, unit, width, height=8)
        .legend(_legend_below())
        .tooltip(
            sdk_common.VizTooltipOptions()
            .mode(common.TooltipDisplayMode.MULTI)
            .sort(common.SortOrder.DESCENDING)
        )
        .color_scheme(sdk_dashboard.FieldColor().mode(dashboard.FieldColorModeId.PALETTE_CLASSIC))
        .span_nulls(False)
    )
    _draw(panel, stacked=stacked, bars=bars, logarithmic=logarithmic)
    if logarithmic:
        # Up to Grafana 10.4 each tick that has no label is labelled with what stands for absent.
        panel.override_by_field_type("number", _BLANK)
    if interval:
        panel.interval(interval)
    if interval == HOURLY:
        panel.max_data_points(_MOST_HOURS)
    signed = [Ask(f"({expr}) >= 0", legend), Ask(f"({expr}) < 0", below)]
    asked = [*(signed if below else [Ask(expr, legend)]), *also]
    for ref, one in zip(ascii_uppercase, [*asked, *limits], strict=False):
        panel.with_target(_target(one, ref).range())
    for ref in ascii_uppercase[len(asked) : len(asked) + len(limits)]:
        panel.override_by_query(ref, _AS_LIMIT)
    return panel


def _draw(panel: Panel, *, stacked: bool, bars: bool, logarithmic: bool) -> None:
    """Say how a chart's series are drawn."""
    panel.draw_style(common.GraphDrawStyle.BARS if bars else common.GraphDrawStyle.LINE)
    panel.fill_opacity(80 if bars else 30 if stacked else 0)
    panel.line_width(0 if bars else 1)
    panel.show_points(common.VisibilityMode.NEVER if bars else common.VisibilityMode.AUTO)
    panel.scale_distribution(
        sdk_common.ScaleDistributionConfig().type(common.ScaleDistribution.LOG).log(10)
        if logarithmic
        else sdk_common.ScaleDistributionConfig().type(common.ScaleDistribution.LINEAR)
    )
    panel.stacking(
        sdk_common.StackingConfig()
        .mode(common.StackingMode.NORMAL if stacked else common.StackingMode.NONE)
        .group("A")
    )


_AS_LIMIT: Final = [
    dashboard.DynamicConfigValue("custom.drawStyle", "line"),
    dashboard.DynamicConfigValue("custom.lineWidth", 1),
    dashboard.DynamicConfigValue("custom.fillOpacity", 0),
    dashboard.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
    dashboard.DynamicConfigValue("custom.stacking", {"mode": "none", "group": "limit"}),
    dashboard.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": "red"}),
]


def heatmap(question: str, buckets: str, *, why: str) -> Panel:
    """Return a heatmap of a histogram in seconds. buckets: increases summed by `le`."""
    return (
        _begun(sdk_heatmap.Panel(), question, why, "s", 12, height=9)
        .calculate(False)
        .color(
            sdk_heatmap.HeatmapColorOptions()
            .mode(heatmap_model.HeatmapColorMode.SCHEME)
            .scheme("Oranges")
            .fill("dark-orange")
            .scale(heatmap_model.HeatmapColorScale.EXPONENTIAL)
            .exponent(0.5)
            .steps(64)
            .reverse(False)
        )
        .y_axis(sdk_heatmap.YAxisConfig().unit("s").axis_placement(common.AxisPlacement.LEFT))
        .rows_frame(sdk_heatmap.RowsHeatmapOptions().layout(common.HeatmapCellLayout.AUTO))
        .filter_values(sdk_heatmap.FilterValueRange().le(1e-9))
        .cell_values(sdk_heatmap.CellValues().unit("short").decimals(0))
        .cell_gap(1)
        .show_value(common.VisibilityMode.NEVER)
        .show_legend()
        .tooltip(
            sdk_heatmap.HeatmapTooltip().mode(common.TooltipDisplayMode.SINGLE).y_histogram(True)
        )
        .with_target(
            _target(Ask(buckets, "{{le}}"), "A").format(prometheus.PromQueryFormat.HEATMAP).range()
        )
    )


def stat(
    question: str,
    expr: str,
    *,
    unit: str,
    why: str,
    legend: str = "",
    colors: Steps = PLAIN,
    names: Mapping[float, str] | None = None,
    width: int = 6,
) -> Panel:
    """Return the figure of now for each series. names: what values are called."""
    panel = (
        _begun(sdk_stat.Panel(), question, why, unit, width, height=5)
        .thresholds(thresholds(colors))
        .color_scheme(sdk_dashboard.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
        .reduce_options(sdk_common.ReduceDataOptions().calcs(["last"]).values(False))
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.VALUE)
        .text_mode(
            common.BigValueTextMode.VALUE_AND_NAME if legend else common.BigValueTextMode.VALUE
        )
        .orientation(common.VizOrientation.AUTO)
        .justify_mode(common.BigValueJustifyMode.AUTO)
        .with_target(_target(Ask(expr, legend or question), "A").instant())
    )
    return panel.mappings([UNCOLOURED, *([] if names is None else [named(names)])])


def table(
    question: str,
    *columns: Column,
    why: str,
    width: int = 12,
    largest_first: str = "",
    empty: str = NOT_KNOWN,
) -> Panel:
    """Return a row for each set of labels that the columns' queries share.

    largest_first: the column that rows are sorted by; else they come as Prometheus has them.
    empty: what stands where there is no row.
    """
    panel = (
        _begun(sdk_table.Panel(), question, why, "short", width, height=9)
        .no_value(empty)
        # A label that a row has not is none; only figures can be not known.
        .override_by_field_type("string", _BLANK)
        .show_header(True)
        .cell_height(common.TableCellHeight.SM)
        .min_width(80)  # of Grafana's own 150 pixels each, the figures would be out of sight
        .thresholds(thresholds(PLAIN))
    )
    if largest_first:
        panel.sort_by([sdk_common.TableSortByFieldState().display_name(largest_first).desc(True)])
    # A lone query's values come as "Value", those of several as "Value #A", "Value #B", ...
    values = {"Value": columns[0].name} if len(columns) == 1 else {}
    for ref, column in zip(ascii_uppercase, columns, strict=False):
        values[f"Value #{ref}"] = column.name
        asked = _target(Ask(_readable(column), ""), ref)
        panel.with_target(asked.format(prometheus.PromQueryFormat.TABLE).instant())
        panel.override_by_name(column.name, _shown(column))
    # Without an order labels stand as the first rows happen to have them, and move.
    order = enumerate([*_labels(columns[0].expr), *values])
    return panel.with_transformation(
        dashboard.DataTransformerConfig(id_val="merge", options={})
    ).with_transformation(
        dashboard.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {"Time": True},
                "indexByName": {name: place for place, name in order},
                "renameByName": values,
            },
        )
    )


def _readable(column: Column) -> str:
    """Return a column's query, with what is large of an amount rounded."""
    if column.unit != MONEY:
        return column.expr
    large = f"round({column.expr}, 0.001) unless abs({column.expr}) < {_LARGE}"
    return f"({large}) or {column.expr}"


def _shown(column: Column) -> list[dashboard.DynamicConfigValue]:
    """Return how the figures of a column are shown."""
    shown = [
        dashboard.DynamicConfigValue("unit", column.unit),
        dashboard.DynamicConfigValue("noValue", NOT_KNOWN),
    ]
    if column.unit == MONEY:
        shown.append(_EVERY_DECIMAL)
    if column.names is not None:
        shown.append(dashboard.DynamicConfigValue("mappings", [named(column.names)]))
    return shown


def _labels(expr: str) -> list[str]:
    """Return the labels that the first aggregation keeps, in its order."""
    kept = re.search(r"\bby \(([^)]*)\)", expr)
    assert kept, "a table's queries say what its rows are"
    return kept[1].split(", ")


def timeline(
    question: str,
    expr: str,
    *,
    legend: str,
    names: Mapping[float, str],
    colors: Mapping[float, str],
    why: str,
    width: int = 24,
) -> Panel:
    """Return a bar for each series over time, whose stretches are states.

    names, colors: of each state. Coloured by thresholds, Grafana would write "< 1" for its name.
    """
    return (
        _begun(sdk_timeline.Panel(), question, why, "short", width, height=8)
        .color_scheme(sdk_dashboard.FieldColor().mode(dashboard.FieldColorModeId.FIXED))
        .mappings([named(names, colors)])
        .merge_values(True)
        .show_value(common.VisibilityMode.AUTO)
        .row_height(0.85)
        .fill_opacity(80)
        .line_width(0)
        .legend(_legend_below())
        .with_target(_target(Ask(expr, legend), "A").range())
    )


def lines(question: str, logql: str, *, why: str) -> Panel:
    """Return log lines, newest first."""
    return (
        _begun(sdk_logs.Panel(), question, why, "short", 24, height=14)
        .datasource(LOKI)
        .show_time(True)
        .show_labels(False)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(common.LogsSortOrder.DESCENDING)
        .dedup_strategy(common.LogsDedupStrategy.NONE)
        .with_target(_log_target(logql, ""))
    )


def counted_lines(question: str, logql: str, *, legend: str, why: str, width: int = 24) -> Panel:
    """Return how many log lines there are over time, in bars. logql: a metric query."""
    panel = timeseries(
        question, "", unit="short", legend=legend, why=why, width=width, stacked=True, bars=True
    )
    return panel.datasource(LOKI).targets([_log_target(logql, legend)])


def _begun(panel: Panel, question: str, why: str, unit: str, width: int, *, height: int) -> Panel:
    if unit == MONEY:
        panel.override_by_regexp(_COINS, [_EVERY_DECIMAL])
    return (
        panel.title(question)
        .description(_linked(why))
        .datasource(PROMETHEUS)
        .unit(unit)
        .no_value(NOT_KNOWN)
        .span(width)
        .height(height)
    )


def _legend_below() -> sdk_common.VizLegendOptions:
    return (
        sdk_common.VizLegendOptions()
        .show_legend(True)
        .display_mode(common.LegendDisplayMode.LIST)
        .placement(common.LegendPlacement.BOTTOM)
        .calcs([])
    )


def _linked(why: str) -> str:
    """Return the reason with links to the documents that it names."""
    return re.sub(r"docs/[\w/]+\.md", lambda page: f"[{page[0]}]({_DOCUMENTS}{page[0]})", why)


def _target(asked: Ask, ref: str) -> Any:
    return (
        sdk_prometheus.Dataquery()
        .expr(asked.expr)
        .legend_format(asked.legend)
        .ref_id(ref)
        .editor_mode(prometheus.QueryEditorMode.CODE)
        .datasource(PROMETHEUS)
    )


def _log_target(logql: str, legend: str) -> Any:
    return (
        sdk_loki.Dataquery()
        .expr(logql)
        .legend_format(legend)
        .ref_id("A")
        .query_type("range")
        .editor_mode(loki.QueryEditorMode.CODE)
        .datasource(LOKI)
    )
