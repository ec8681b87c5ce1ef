"""Templates give the texts that Prometheus gives."""

import math
import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.rules.needs import needs
from deskwatch.rules.promql.evaluate import Evaluation
from deskwatch.rules.template import parse
from deskwatch.rules.template_functions import FUNCTIONS, TemplateFailed
from deskwatch.rules.template_query import answer, asked
from deskwatch.rules.template_syntax import TemplateInvalid, TemplateUnsupported
from tests.rules.series import loaded

LABELS = {"account": "A1", "instance": "desk.example.com:8080", "symbol": "ES"}

#: Template, value, text; the text is what promtool 3.5 gives (tests/rules/test_promtool.py asks it).
TEXTS = [
    ("plain", 1.0, "plain"),
    ("{{ $labels.account }}/{{ .Labels.symbol }}", 1.0, "A1/ES"),
    ("{{ $labels.nope }}", 1.0, ""),
    ("{{ $value }}", 1.0, "1"),
    ("{{ $value }}", 0.1, "0.1"),
    ("{{ .Value }}", 1234567.0, "1.234567e+06"),
    ("{{ $value }}", 123456.0, "123456"),
    ("{{ $value }}", 1e-5, "1e-05"),
    ("{{ $value }}", math.inf, "+Inf"),
    ('{{ if eq (print $value) "NaN" }}unknown{{ else }}{{ $value }}{{ end }}', math.nan, "unknown"),
    ('{{ if eq (print $value) "NaN" }}unknown{{ else }}{{ $value }}{{ end }}', 2.0, "2"),
    ("{{ $value | humanize }}", 1234.5, "1.234k"),
    ("{{ humanize $value }}", 0.00012, "120u"),
    ("{{ humanize $value }}", -1e7, "-10M"),
    ("{{ humanize 0.0 }}", 1.0, "0"),
    ("{{ humanize1024 $value }}", 1536.0, "1.5ki"),
    ("{{ humanize1024 $value }}", 1048576.0, "1Mi"),
    ("{{ humanizeDuration $value }}", 0.0, "0s"),
    ("{{ humanizeDuration $value }}", 0.0123, "12.3ms"),
    ("{{ humanizeDuration $value }}", 59.5, "59.5s"),
    ("{{ humanizeDuration $value }}", 61.5, "1m 1s"),
    ("{{ humanizeDuration $value }}", 3600.0, "1h 0m 0s"),
    ("{{ humanizeDuration $value }}", -90061.0, "-1d 1h 1m 1s"),
    ('{{ printf "%.0f" $value | humanizeDuration }}', 6.823, "7s"),
    ('{{ printf "%.0f" $value | humanizeDuration }}', 427.9, "7m 8s"),
    ('{{ printf "%.3g" $value | humanizeDuration }}', 0.81573, "816ms"),
    ('{{ printf "%.3g" $value | humanizeDuration }}', 12.8217, "12.8s"),
    ("{{ humanizePercentage $value }}", 0.12345, "12.35%"),
    ("{{ humanizeTimestamp $value }}", 1767225600.25, "2026-01-01 00:00:00.249 +0000 UTC"),
    ("{{ humanizeTimestamp $value }}", -0.22222, "1969-12-31 23:59:59.778 +0000 UTC"),
    ('{{ print "at " $value 1 2 " lots" }}', 0.5, "at 0.5 1 2 lots"),
    ('{{ printf "% .2f|% d|%G|%b" $value 42 $value 5 }}', 1234567.0, " 1234567.00| 42|1.234567E+06|101"),
    ("{{ range $labels }}{{ . }} {{ end }}", 1.0, "A1 desk.example.com:8080 ES "),
    ('{{ "caf\\u00e9 \\x41\\101" }} {{ 0x1F }} {{ 1_000 }} {{ 017 }}', 1.0, "caf\u00e9 AA 31 1000 15"),
    ('{{ "[2001:db8::1]::1" | stripPort }}', 1.0, "[2001:db8::1]::1"),
    ('{{ "[2001:db8::1]:1" | stripPort }}', 1.0, "2001:db8::1"),
    ('{{ printf "%.2f" $value }}', 2.345, "2.35"),
    ('{{ printf "%5.1f|%-6s|%06.2f" $value $labels.symbol $value }}', 2.5, "  2.5|ES    |002.50"),
    ('{{ $value | printf "%.0f%%" }}', 12.0, "12%"),
    ('{{ printf "%d" $value }}', 3.0, "%!d(float64=3)"),
    ('{{ printf "%s %q %v" $labels.account $labels.symbol $value }}', 3.5, 'A1 "ES" 3.5'),
    ('{{ printf "%g %e" $value $value }}', 1500000.0, "1.5e+06 1.500000e+06"),
    ("{{ $labels.account | toLower | title }}", 1.0, "A1"),
    ('{{ title "kill switch" | toUpper }}', 1.0, "KILL SWITCH"),
    ('{{ reReplaceAll "(.*):.*" "$1" $labels.instance }}', 1.0, "desk.example.com"),
    ("{{ stripPort $labels.instance }} {{ stripDomain $labels.instance }}", 1.0, "desk.example.com desk:8080"),
    ('{{ if match "^A" $labels.account }}yes{{ else }}no{{ end }}', 1.0, "yes"),
    ("{{ if gt $value 10.0 }}high{{ else if gt $value 5.0 }}mid{{ else }}low{{ end }}", 7.0, "mid"),
    ("{{ if $labels.nope }}a{{ end }}{{ if not $value }}zero{{ end }}", 0.0, "zero"),
    ('{{ if and (eq $labels.symbol "ES") (ge $value 1.0) }}both{{ end }}', 1.0, "both"),
    ("{{ gt $value 0.0 }} {{ ge $value 0.0 }} {{ lt $value 0.0 }} {{ le $value 0.0 }}", math.nan,
     "true true false false"),
    ("{{ eq $value $value }} {{ ne $value 0.0 }}", math.nan, "false true"),
    ('{{ if or (eq $labels.symbol "NQ" "ES") false }}one{{ end }}', 1.0, "one"),
    ('a {{- " b " -}} c', 1.0, "a b c"),
    ("a{{/* nothing */}}b", 1.0, "ab"),
    ("{{ `raw }}` }}", 1.0, "raw }}"),
    ('{{ "quoted \\"}}\\"" }}', 1.0, 'quoted "}}"'),
    ('{{ index $labels "account" }} {{ len $labels.symbol }}', 1.0, "A1 2"),
    ("{{ $labels }}", 1.0, "map[account:A1 instance:desk.example.com:8080 symbol:ES]"),
    ('{{ query "limit" | first | value }}', 1.0, "400000"),
    ('{{ with query "used" }}{{ . | first | label "account" }} {{ . | first | value | printf "%.1f" }}{{ end }}',
     1.0, "A1 412345.6"),
    ('{{ with printf "used{account=%q}" $labels.account | query }}{{ . | first | value }}{{ else }}nothing{{ end }}',
     1.0, "412345.625"),
    ("{{ with query (printf \"used{account='%s'}\" $labels.symbol) }}some{{ else }}nothing{{ end }}", 1.0, "nothing"),
    ('{{ range query "sort_desc(feed)" }}{{ .Labels.venue }}={{ .Value }} of {{ $.Labels.account }};{{ end }}', 1.0,
     "XNYS=30 of A1;XNAS=7 of A1;"),
    ('{{ range query "feed > 100" }}{{ .Labels.venue }}{{ else }}none is slow{{ end }}', 1.0, "none is slow"),
    ('{{ range sortByLabel "venue" (query "feed") }}{{ label "venue" . }} {{ end }}', 1.0, "XNAS XNYS "),
    ('{{ query "feed" | len }} {{ query "1 + 1" | first | value }}', 1.0, "2 2"),
    ('{{ (index (query "limit") 0).Value }}{{ (query "limit" | first).Labels.account }}', 1.0, "400000A1"),
    ("{{ with $labels.symbol }}{{ . }} {{ if . }}{{ . | toLower }}{{ end }}{{ end }}", 1.0, "ES es"),
    ('{{ with query "limit" }}{{ range . }}{{ with .Labels.account }}{{ . }}{{ end }}{{ end }}{{ end }}', 1.0, "A1"),
]  # fmt: skip

#: What the queries of TEXTS are asked of.
SERIES = {
    'used{account="A1"}': "412345.625",
    'limit{account="A1"}': "400000",
    'feed{venue="XNYS"}': "30",
    'feed{venue="XNAS"}': "7",
}
QUERY = partial(answer, Evaluation(loaded(SERIES), 0))


@pytest.mark.parametrize(("source", "value", "text"), TEXTS)
def test_texts(source, value, text):
    assert parse(source).expand(LABELS, value, {}, QUERY) == text


@pytest.mark.parametrize(
    "source",
    ["{{ $labels.x", "{{ end }}", "{{ if $value }}", "{{ nope }}", "{{ $x }}", "{{ .Nope }}", "{{ else }}",
     "{{ with $value }}", "{{ range query `up` }}", "{{ with $value }}{{ else if $value }}{{ end }}",
     "{{ }}", "{{ . }}", "{{ $ }}", "{{ with $value }}{{ $.Nope }}{{ end }}", "{{ $value | 3 }}", "{{ (humanize $value }}", "{{ $labels.a $labels.b }}", "{{ 1x }}",
     '{{ reReplaceAll "\\d" "" $labels.symbol }}'],
)  # fmt: skip
def test_mistakes(source):
    with pytest.raises(TemplateInvalid):
        parse(source)


@pytest.mark.parametrize(
    ("source", "construct"),
    [
        ("{{ define `x` }}{{ end }}", "template action define"),
        ("{{ $x := $value }}", "template variables"),
        ("{{ externalURL }}", "template function externalURL"),
        ("{{ $externalURL }}", "template variable $externalURL"),
    ],
)
def test_what_is_left_to_prometheus(source, construct):
    with pytest.raises(TemplateUnsupported) as caught:
        parse(source)
    assert str(caught.value) == construct


@pytest.mark.parametrize(
    "source",
    ["{{ gt $value 10 }}", "{{ humanize $labels.account }}", "{{ humanize }}", "{{ $value.x }}",
     "{{ eq $value $labels.account }}", '{{ match "(" "a" }}', "{{ humanizeTimestamp 1e300 }}",
     "{{ query `feed > 100` | first | value }}", "{{ query `feed[1m]` }}", "{{ query `feed` | value }}",
     "{{ range $value }}{{ end }}", "{{ with query `feed` }}{{ .Value }}{{ end }}", "{{ first $value }}",
     "{{ index (query `feed`) 2 }}", "{{ query $value }}", "{{ query `feed *` }}",
     "{{ (query `feed` | first).Nope }}"],
)  # fmt: skip
def test_what_fails_when_it_is_expanded(source):
    with pytest.raises(TemplateFailed):
        parse(source).expand(LABELS, 1.0, {}, QUERY)


@pytest.mark.parametrize(
    ("source", "metrics"),
    [
        ("{{ $value }}", []),
        ("{{ with query `used / limit` }}{{ . | first | value }}{{ end }}", ["used", "limit"]),
        ("{{ if $value }}a{{ else }}{{ printf \"used{a=%q,b='%s'}\" `x` $value | query }}{{ end }}", ["used"]),
        ('{{ query (printf "100 * used{a=%q} %% 7" $labels.account) | first | value }}', ["used"]),
        ("{{ range query `feed` }}{{ query `limit` | len }}{{ end }}", ["feed", "limit"]),
        ("{{ if gt (query `used` | first | value) 1.0 }}much{{ end }}", ["used"]),
        ("{{ `used` | query | len }}", ["used"]),
        ("{{ (query `used` | first).Value }}", ["used"]),
    ],
)  # fmt: skip
def test_which_metrics_a_template_asks_for(source, metrics):
    assert [need.select.metric for need in needs(asked(parse(source)))] == metrics


@pytest.mark.parametrize(
    ("source", "construct"),
    [
        ("{{ query $labels.symbol }}", "a query that is no text and no printf of one"),
        ('{{ printf "up" | toLower | query }}', "a query that is no text and no printf of one"),
        ('{{ printf "%s_total" $labels.symbol | query }}', "query '…_total'"),
        ('{{ printf "{__name__=%q}" $labels.symbol | query }}', "of a metric that only an alert names"),
        ("{{ printf `used / {__name__=%q,account='A1'}` $labels.symbol | query }}", "that only an alert names"),
        ("{{ query `up @ end()` }}", "the @ modifier"),
        ("{{ query `up +` }}", "query 'up +'"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_here(source, construct):
    with pytest.raises(TemplateUnsupported, match=re.escape(construct)):
        list(asked(parse(source)))


def test_external_labels():
    assert parse("{{ $externalLabels.site }}").expand({}, 1.0, {"site": "LD4"}, QUERY) == "LD4"


@given(st.floats())
def test_every_number_has_a_text(value):
    for name in ("humanize", "humanize1024", "humanizeDuration", "humanizePercentage"):
        assert FUNCTIONS[name](value)
