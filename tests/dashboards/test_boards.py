"""The boards in the repository are those of the code, whole, and lead somewhere."""

import json
import re
from collections import Counter
from typing import Any

import promql_parser
import pytest
import yaml

from tests.dashboards.boards import FOLDER, ROOT, choices, filled, models, panels, queries
from tests.documentation import DOCS
from tests.rules.series import loaded, vector

sdk = pytest.importorskip("grafana_foundation_sdk.models.dashboard")

from grafana_foundation_sdk.cog.encoder import JSONEncoder  # noqa: E402 - it may be missing

from deskwatch.dashboards import BOARDS  # noqa: E402 - it needs the SDK
from deskwatch.dashboards.panel import MONEY, Column, table  # noqa: E402 - it needs the SDK

#: What Prometheus and other exporters say.
BY_OTHERS = {
    "up",
    "ALERTS",
    "node_cpu_seconds_total",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "alertmanager_notifications_failed_total",
    "desk_log_errors_total",
    "desk_log_tracebacks_total",
}

every_board = pytest.mark.parametrize("name", BOARDS)
every_query = pytest.mark.parametrize(
    "query",
    list(queries("prometheus")),
    ids=lambda query: f"{query.board}: {query.panel} {query.ref}",
)


def provisioned(kind: str) -> dict[str, Any]:
    file = ROOT / "grafana" / "provisioning" / kind / "deskwatch.yml"
    settings: dict[str, Any] = yaml.safe_load(file.read_text())
    return settings


def test_the_files_are_those_of_the_boards():
    assert set(models()) == set(BOARDS)


@every_board
def test_the_file_is_what_the_code_writes(name):
    written = (FOLDER / f"{name}.json").read_text()
    assert BOARDS[name].render() == written, "run: python -m deskwatch.dashboards"


@every_board
def test_nothing_is_lost_on_the_way_through_the_schema(name):
    stored = (FOLDER / f"{name}.json").read_text()
    read = sdk.Dashboard.from_json(json.loads(stored))
    for shown in (*read.links, *read.annotations.list_val):
        shown.placement = None  # what the SDK fills in, and the boards leave to Grafana
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == json.loads(stored)


def test_the_four_that_operators_expect_are_there():
    titles = {model["title"] for model in models().values()}
    assert titles >= {
        "Real-time P&L Tracking",
        "Latency Heatmaps",
        "Risk Exposure Analysis",
        "System Health",
    }


def test_no_two_boards_share_a_name():
    for key in ("uid", "title"):
        assert max(Counter(model[key] for model in models().values()).values()) == 1


@every_board
def test_every_panel_says_what_it_asks_in_which_unit_and_why(name):
    model = models()[name]
    for panel in panels(model):
        assert panel["title"].endswith("?"), panel["title"]
        assert len(panel["description"]) > 10 or "](" in panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
    titles = Counter(panel["title"] for panel in panels(model))
    assert max(titles.values()) == 1


@every_board
def test_every_query_has_a_datasource_that_is_provisioned_and_a_ref(name):
    known = {source["uid"]: source["type"] for source in provisioned("datasources")["datasources"]}
    for panel in panels(models()[name]):
        refs = [target["refId"] for target in panel["targets"]]
        assert all(refs), panel["title"]
        assert len(set(refs)) == len(refs) > 0, panel["title"]
        for asked in (panel, *panel["targets"]):
            source = asked["datasource"]
            assert known[source["uid"]] == source["type"], panel["title"]


@every_board
def test_panels_stand_beside_each_other(name):
    taken: dict[tuple[int, int], str] = {}
    for panel in models()[name]["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        for cell in (
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        ):
            assert cell not in taken, (panel["title"], taken[cell])
            taken[cell] = panel["title"]
    ids = [panel["id"] for panel in models()[name]["panels"]]
    assert sorted(ids) == list(range(1, len(ids) + 1))


@every_board
def test_links_lead_to_boards_and_documents_that_exist(name):
    uids = {model["uid"] for model in models().values()}
    tags = {tag for model in models().values() for tag in model["tags"]}
    for link in models()[name]["links"]:
        if link["type"] == "link":
            assert link["url"].removeprefix("/d/") in uids
        else:
            assert set(link["tags"]) <= tags
    for panel in panels(models()[name]):
        for page in re.findall(r"\[(docs/[^]]+)\]", panel["description"]):
            assert (ROOT / page).exists(), page
        bare = re.sub(r"\[[^]]*\]\([^)]*\)", "", panel["description"])
        assert "docs/" not in bare, panel["title"]


@every_board
def test_what_can_be_chosen_is_used_and_what_is_used_can_be_chosen(name):
    model = models()[name]
    chosen = {variable["name"] for variable in model["templating"].get("list", ())}
    used = {
        variable
        for panel in panels(model)
        for target in panel["targets"]
        for variable in re.findall(r"\$(\w+)", target["expr"])
        if not variable.startswith("__")
    }
    assert used == chosen


#: What is never below zero: counts, and what is held.
NEVER_BELOW_ZERO = re.compile(r"\b(\w+_total|deskwatch_alerts|desk_\w+_exposure_gross)\b")


@every_board
def test_no_loss_is_stacked_on_a_gain(name):
    """Grafana gives a series one stack whatever its signs, where a loss hides behind a gain."""
    for panel in panels(models()[name]):
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        if custom.get("stacking", {}).get("mode") != "normal":
            continue
        exprs = [target["expr"] for target in panel["targets"]]
        if panel["datasource"]["uid"] == "prometheus" and not NEVER_BELOW_ZERO.search(exprs[0]):
            gains, losses = exprs
            assert gains.removesuffix(" >= 0") == losses.removesuffix(" < 0"), panel["title"]
            assert gains != losses, panel["title"]


@every_board
def test_a_heatmap_is_given_all_its_colours(name):
    for panel in panels(models()[name]):
        if panel["type"] == "heatmap":
            color = panel["options"]["color"]
            assert (color["steps"], color["exponent"], color["fill"]) == (64, 0.5, "dark-orange")
            assert [target["format"] for target in panel["targets"]] == ["heatmap"]


#: How Grafana 9.5 can choose a colour. A chart that asks for another way is an error there.
COLORS = {"fixed", "thresholds", "palette-classic"}


@every_board
def test_the_oldest_grafana_knows_every_way_of_colouring(name):
    for panel in panels(models()[name]):
        config = panel["fieldConfig"]
        asked = [config["defaults"].get("color"), *overridden(panel, "color")]
        assert {color["mode"] for color in asked if color} <= COLORS, panel["title"]


def overridden(panel: dict[str, Any], what: str) -> list[Any]:
    return [
        shown["value"]
        for override in panel["fieldConfig"]["overrides"]
        for shown in override["properties"]
        if shown["id"] == what
    ]


@every_board
def test_what_is_not_known_is_neither_green_nor_red(name):
    """Grafana gives what is absent the colour of the lowest step, unless its value has its own."""
    for panel in panels(models()[name]):
        if panel["type"] == "stat":
            special, *_ = panel["fieldConfig"]["defaults"]["mappings"]
            assert special["type"] == "special", panel["title"]
            assert special["options"] == {
                "match": "null+nan",
                "result": {"text": "not known", "color": "text"},
            }


@every_board
def test_only_figures_of_a_table_are_not_known_not_labels_that_a_row_has_not(name):
    for panel in panels(models()[name]):
        if panel["type"] == "table":
            labels, *_ = panel["fieldConfig"]["overrides"]
            assert labels["matcher"] == {"id": "byType", "options": "string"}, panel["title"]
            nothing, *unknown = overridden(panel, "noValue")
            assert nothing == ""
            assert unknown == ["not known"] * len(panel["targets"]), panel["title"]


@every_board
def test_no_tick_of_a_logarithmic_axis_is_not_known(name):
    """Up to Grafana 10.4 what stands for absent stands at each tick that has no label."""
    for panel in panels(models()[name]):
        shown = panel["fieldConfig"]["defaults"].get("custom", {})
        if shown.get("scaleDistribution", {}).get("type") == "log":
            figures, *_ = panel["fieldConfig"]["overrides"]
            assert figures["matcher"] == {"id": "byType", "options": "number"}, panel["title"]
            assert figures["properties"] == [{"id": "noValue", "value": ""}], panel["title"]


@every_board
def test_a_table_without_rows_is_not_blank(name):
    for panel in panels(models()[name]):
        if panel["type"] == "table":
            assert " known" in panel["fieldConfig"]["defaults"]["noValue"], panel["title"]


@every_board
def test_columns_of_a_table_stay_where_they_are(name):
    for panel in panels(models()[name]):
        if panel["type"] != "table":
            continue
        places = panel["transformations"][1]["options"]["indexByName"]
        labels = {label for target in panel["targets"] for label in grouped(target["expr"])}
        figures = {f"Value #{target['refId']}" for target in panel["targets"]}
        assert labels | figures <= places.keys(), panel["title"]
        assert max(places[label] for label in labels) < min(places[one] for one in figures)


def grouped(expr: str) -> list[str]:
    return [label for by in re.findall(r"\bby \(([^)]*)\)", expr) for label in by.split(", ")]


#: How wide a board is on a small screen, in pixels.
WIDTH = 1400


@every_board
def test_no_column_of_a_table_is_out_of_sight(name):
    for panel in panels(models()[name]):
        if panel["type"] == "table":
            labels = {label for target in panel["targets"] for label in grouped(target["expr"])}
            columns = len(labels) + len(panel["targets"])
            least = panel["fieldConfig"]["defaults"]["custom"].get("minWidth", 150)
            assert columns * least <= WIDTH * panel["gridPos"]["w"] / 24, panel["title"]


#: How wide a character of a title or of a column's name is in Grafana's font, about, in pixels,
#: and what stands beside them: the sign of the description, and the space around.
CHARACTER, BESIDE_TITLE, BESIDE_TABLE, BESIDE_NAME = 7.5, 40, 16, 12


@every_board
def test_no_question_and_no_column_is_cut_off(name):
    for panel in panels(models()[name]):
        width = WIDTH * panel["gridPos"]["w"] / 24
        assert len(panel["title"]) * CHARACTER + BESIDE_TITLE <= width, panel["title"]
        if panel["type"] == "table":
            labels = {label for target in panel["targets"] for label in grouped(target["expr"])}
            names = labels | set(panel["transformations"][1]["options"]["renameByName"].values())
            needed = max(map(len, names)) * CHARACTER + BESIDE_NAME
            assert needed <= (width - BESIDE_TABLE) / len(names), panel["title"]


@every_board
def test_states_in_tables_have_names(name):
    for panel in panels(models()[name]):
        if panel["type"] == "table":
            states = [target["expr"] for target in panel["targets"]]
            states = [expr for expr in states if re.search(r"_(success|running)\b", expr)]
            assert len(overridden(panel, "mappings")) == len(states), panel["title"]


@every_board
def test_stretches_of_time_are_called_by_their_state(name):
    """Of what thresholds colour, Grafana merges all below a step and calls it "< 1"."""
    for panel in panels(models()[name]):
        if panel["type"] == "state-timeline":
            shown = panel["fieldConfig"]["defaults"]
            assert shown["color"]["mode"] != "thresholds", panel["title"]
            (mapping,) = shown["mappings"]
            for state in mapping["options"].values():
                assert state["text"], panel["title"]
                assert state["color"], panel["title"]


@every_board
def test_money_says_its_currency(name):
    for panel in panels(models()[name]):
        if panel["type"] == "table":
            assert not_named(panel) == [], panel["title"]
        elif panel["fieldConfig"]["defaults"]["unit"] == "locale":
            for target in panel["targets"]:
                assert re.search(r"(^| )\{\{currency\}\}$", target["legendFormat"]), panel["title"]


@every_board
def test_a_coin_has_all_its_decimals_and_a_dollar_has_three(name):
    for panel in panels(models()[name]):
        if panel["type"] == "table":
            money = overridden(panel, "unit").count("locale")
            assert overridden(panel, "decimals") == [9] * money, panel["title"]
        if panel["fieldConfig"]["defaults"]["unit"] != "locale":
            continue
        (fine,) = [
            override
            for override in panel["fieldConfig"]["overrides"]
            if override["matcher"]["id"] == "byRegexp"
        ]
        assert fine["properties"] == [{"id": "decimals", "value": 9}]
        assert "decimals" not in panel["fieldConfig"]["defaults"]
        pattern = fine["matcher"]["options"].strip("/")
        assert re.search(pattern, "A1 mm BTC")
        assert re.search(pattern, "ETH")
        assert not re.search(pattern, "A1 BTC-PERP USD")
        assert not re.search(pattern, "A1 mm BTCUSDT")


def not_named(table: dict[str, Any]) -> list[str]:
    """Return the queries of columns of money that do not keep its currency."""
    units = overridden(table, "unit")
    asked = zip(units, table["targets"], strict=True)
    money = [target["expr"] for unit, target in asked if unit == "locale"]
    return [expr for expr in money if "currency" not in grouped(expr)]


@every_board
def test_won_and_bitcoins_are_not_ranked_by_their_number(name):
    for panel in panels(models()[name]):
        if panel["fieldConfig"]["defaults"]["unit"] == "locale":
            for target in panel["targets"]:
                assert not re.search(r"(top|bottom)k ?\(", target["expr"]), panel["title"]


SMALL_AND_LARGE = ((-0.0004, -0.0004), (9.123456789, 9.123456789), (1234.5666666, 1234.567))


@pytest.mark.parametrize(("amount", "shown"), SMALL_AND_LARGE)
def test_a_table_rounds_what_is_large_and_nothing_that_is_small(amount, shown):
    panel = table("?", Column("net", "sum by (currency) (m)", MONEY), why="").build()
    series = loaded({'m{currency="BTC"}': repr(amount)})
    (found,) = vector(panel.targets[0].expr, series, 0).values()
    assert found == pytest.approx(shown, abs=1e-12)


@every_board
def test_bars_that_count_are_as_wide_as_what_they_look_back_on(name):
    """Bars of 15 s that look back a minute would show each error four times."""
    for panel in panels(models()[name]):
        drawn = panel["fieldConfig"]["defaults"].get("custom", {}).get("drawStyle")
        looks_back = any("increase(" in target["expr"] for target in panel["targets"])
        if drawn == "bars" and looks_back:
            assert panel["interval"] in {"1m", "1h"}, panel["title"]


@every_board
def test_a_bar_for_each_hour_is_there_for_as_long_as_prometheus_keeps_them(name):
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]
    (days,) = re.findall(r"retention\.time=\$\{\w+:-(\d+)d\}", " ".join(compose["command"]))
    for panel in panels(models()[name]):
        if panel.get("interval") == "1h":
            assert panel["maxDataPoints"] >= int(days) * 24, panel["title"]


def test_what_fires_leaves_out_what_is_over():
    (asked,) = [query.expr for query in queries("prometheus") if query.panel == "What fires?"]
    states = re.findall(r'state=~"([^"]*)"', asked)
    assert states
    assert not any(re.fullmatch(state, "resolved") for state in states)


#: Each metric of docs/metrics.md, and its labels.
EXPORTED = {
    name: frozenset(re.findall(r"`(\w+)`", labels))
    for name, labels in re.findall(
        r"^\| `(\w+)` \| \w+ \| (.*?) \|", (DOCS / "metrics.md").read_text(), re.MULTILINE
    )
}

#: What Prometheus adds, and what histograms have of their own.
EVERYWHERE = frozenset({"job", "le"})


def selected(expr: str) -> list[str]:
    """Return the metrics that an expression selects, histograms by their own name."""
    assert promql_parser.parse(expr)
    found = re.findall(
        r"\b((?:deskwatch|desk|node|process|alertmanager)_\w+|up|ALERTS|\w+:\w+:\w+)(?=[{\s)\[]|$)",
        expr,
    )
    return [re.sub(r"_(bucket|sum|count)$", "", name) for name in found]


@every_query
def test_prometheus_can_read_it_and_its_metrics_exist(query):
    recorded = {
        rule["record"]
        for group in yaml.safe_load((ROOT / "prometheus/recording.yml").read_text())["groups"]
        for rule in group["rules"]
    }
    named = set(selected(query.filled))
    assert named or query.expr.startswith("vector("), "a query names its metrics"
    assert named <= EXPORTED.keys() | recorded | BY_OTHERS


@pytest.mark.parametrize(
    "query",
    [one for one in queries("prometheus") if EXPORTED.keys() >= set(selected(one.filled))],
    ids=lambda query: f"{query.board}: {query.panel} {query.ref}",
)
def test_it_chooses_sums_and_names_by_labels_that_its_metrics_have(query):
    """A label that is none is empty: series fall together, and nobody is told."""
    used = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", query.expr))
    used |= set(re.findall(r"\{\{(\w+)\}\}", query.legend))
    for by in re.findall(r"\bby \(([^)]*)\)", query.expr):
        used |= set(by.split(", "))
    labels = (EXPORTED[name] for name in selected(query.filled))
    assert used <= EVERYWHERE.union(*labels)


def test_a_drill_that_the_engine_and_its_runner_both_show_counts_once():
    summed = re.compile(r"sum by \([^)]*\) \((?:increase\()?desk_drill_")
    assert [query for query in queries("prometheus") if summed.search(query.expr)] == []


def test_no_figure_is_made_of_a_window_and_a_day_together():
    for query in queries("prometheus"):
        if 'period=~"$period"' in query.expr:
            assert re.search(r"by \([^)]*\bperiod\b", query.expr), query


def test_what_is_recorded_is_shown():
    shown = [query.expr for query in queries("prometheus")]
    for group in yaml.safe_load((ROOT / "prometheus/recording.yml").read_text())["groups"]:
        for rule in group["rules"]:
            assert any(rule["record"] in expr for expr in shown), rule["record"]


@pytest.mark.parametrize("model", list(models().values()), ids=lambda model: model["uid"])
def test_annotations_and_variables_ask_for_what_exists(model):
    asked = [filled(note["expr"]) for note in model["annotations"]["list"]]
    for expr in asked:
        assert set(selected(expr)) <= EXPORTED.keys() | BY_OTHERS
    for variable in choices(model):
        for metric in variable.metrics:
            (name,) = selected(metric)
            assert variable.label in EXPORTED[name]


def test_the_datasources_have_the_uids_that_others_rely_on():
    sources = provisioned("datasources")["datasources"]
    assert {source["uid"]: source["url"] for source in sources} == {
        "prometheus": "http://prometheus:9090",
        "loki": "http://loki:3100",
        "alertmanager": "http://alertmanager:9093",
    }
    assert [source["uid"] for source in sources if source.get("isDefault")] == ["prometheus"]


def test_the_boards_are_read_from_where_the_stack_mounts_them():
    (provider,) = provisioned("dashboards")["providers"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]
    path = provider["options"]["path"]
    assert f"./grafana/dashboards:{path}:ro" in compose["volumes"]
    home = compose["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{path}/pnl.json"
