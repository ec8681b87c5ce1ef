import pytest

from deskwatch.exposition.text import (
    OPENMETRICS_CONTENT_TYPE,
    TEXT_CONTENT_TYPE,
    check_names,
    header,
    negotiate,
    sample_prefix,
)


@pytest.mark.parametrize(
    ("labels", "line"),
    [
        pytest.param([], b"\ndesk_equity ", id="no label, no braces"),
        pytest.param(
            [("account", "A1"), ("currency", "USD")],
            b'\ndesk_equity{account="A1",currency="USD"} ',
            id="in the order given",
        ),
        pytest.param(
            [("account", 'a\\b"c\nd')], b'\ndesk_equity{account="a\\\\b\\"c\\nd"} ', id="escaped"
        ),
        pytest.param(
            [("account", "Zürich")], '\ndesk_equity{account="Zürich"} '.encode(), id="UTF-8"
        ),
        pytest.param([("account", "")], b'\ndesk_equity{account=""} ', id="empty"),
    ],
)
def test_sample_prefix(labels, line):
    assert sample_prefix("desk_equity", labels) == line


def test_header_in_text():
    help_text = 'Time of "day",\nin C:\\.'
    assert header("desk_x_seconds_total", "counter", help_text, "seconds", openmetrics=False) == (
        b'# HELP desk_x_seconds_total Time of "day",\\nin C:\\\\.\n'
        b"# TYPE desk_x_seconds_total counter"
    )


def test_header_in_openmetrics():
    help_text = 'Time of "day",\nin C:\\.'
    assert header("desk_x_seconds_total", "counter", help_text, "seconds", openmetrics=True) == (
        b'# HELP desk_x_seconds Time of \\"day\\",\\nin C:\\\\.\n'
        b"# TYPE desk_x_seconds counter\n"
        b"# UNIT desk_x_seconds seconds"
    )


@pytest.mark.parametrize(
    ("name", "kind", "labels", "unit"),
    [
        pytest.param("desk pnl", "gauge", (), "", id="a space"),
        pytest.param("1desk", "gauge", (), "", id="a digit first"),
        pytest.param("", "gauge", (), "", id="no name"),
        pytest.param("désk", "gauge", (), "", id="not ASCII"),
        pytest.param("desk_fills\n", "gauge", (), "", id="a line end"),
        pytest.param("desk_fills", "counter", (), "", id="a counter without _total"),
        pytest.param("_total", "counter", (), "", id="a counter of nothing"),
        pytest.param("desk_fills_total", "gauge", (), "", id="a gauge with _total"),
        pytest.param("desk_fills_count", "gauge", (), "", id="a histogram's suffix"),
        pytest.param("desk_age", "gauge", (), "seconds", id="a unit that is not in the name"),
        pytest.param("desk_pnl", "gauge", ("a-b",), "", id="a label with a dash"),
        pytest.param("desk_pnl", "gauge", ("__a",), "", id="a reserved label"),
        pytest.param("desk_pnl", "gauge", ("a", "a"), "", id="a label twice"),
        pytest.param("desk_ack_seconds", "histogram", ("le",), "", id="a histogram's own label"),
    ],
)
def test_a_bad_name_is_our_own_bug(name, kind, labels, unit):
    with pytest.raises(AssertionError):
        check_names(name, kind, labels, unit)


PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1"
)


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        pytest.param(PROMETHEUS_2_42, True, id="Prometheus 2.42"),
        pytest.param(PROMETHEUS_3, True, id="Prometheus 3"),
        pytest.param("application/openmetrics-text", True, id="any version"),
        pytest.param('Application/OpenMetrics-Text; version="1.0.0"', True, id="case and quotes"),
        pytest.param("application/openmetrics-text; version=1.0.0; q=1.000", True, id="spaces"),
        pytest.param("", False, id="nothing"),
        pytest.param("*/*", False, id="curl"),
        pytest.param("text/html,application/xml;q=0.9,*/*;q=0.8", False, id="a browser"),
        pytest.param("text/plain;version=0.0.4", False, id="text"),
        pytest.param("application/openmetrics-text;version=0.0.1", False, id="a draft"),
        pytest.param("application/openmetrics-text;q=0", False, id="refused by name"),
        pytest.param("application/openmetrics-text;q=0.3,text/plain", False, id="text liked more"),
        pytest.param("application/openmetrics-text;q=high", False, id="not a quality"),
        pytest.param(",;=;q,", False, id="no sense at all"),
    ],
)
def test_negotiate(accept, openmetrics):
    content_type = OPENMETRICS_CONTENT_TYPE if openmetrics else TEXT_CONTENT_TYPE
    assert negotiate(accept) == (openmetrics, content_type)
