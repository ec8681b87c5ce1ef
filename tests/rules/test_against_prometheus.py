"""Our evaluator against a real Prometheus: the same stream, the same answers at every step."""

import pytest

from deskwatch.rules.needs import needs
from deskwatch.rules.promql.build import parse
from tests.rules.against_prometheus import (
    START_MS,
    STEPS,
    Comparison,
    compare_expression,
    compare_file,
    compare_rules,
    filled,
    semantics_of,
    servers,
)
from tests.rules.expressions import EXPRESSIONS
from tests.rules.stream import loaded, stream_for, without_gaps
from tests.rules.table import REPOSITORY

BINARIES = servers()
ALERTS = REPOSITORY / "prometheus" / "alerts.yml"
RULES = """
groups:
  - name: alerts
    rules:
      - record: desk:loss
        expr: -sum by (account) (desk_pnl_day)
        labels: {kind: daily}
      - alert: Loss
        expr: desk:loss > on (account) group_left () max by (account) (desk_limit{kind="daily_loss"})
        for: 45s
        labels: {severity: page, book: "{{ $labels.account }}"}
        annotations:
          summary: "{{ $labels.account }} lost {{ $value | humanize }} ({{ $value }})"
      - alert: LimitMissing
        expr: count by (account) (desk_pnl_day) unless on (account) desk_limit
        labels: {severity: warning}
      - alert: Rejects
        expr: increase(desk_order_rejects_total[2m]) > 4
        keep_firing_for: 1m
        annotations: {summary: '{{ printf "%.1f" $value }} rejects'}
      - alert: Slow
        expr: histogram_quantile(0.5, sum by (le) (rate(desk_order_ack_seconds_bucket[3m]))) > 0.5
        annotations: {summary: "{{ if gt $value 2.0 }}very{{ else }}quite{{ end }} slow"}
      - alert: NoEvents
        expr: absent_over_time(desk_events_total{account="A1",strategy="s1"}[1m])
      - alert: Many
        expr: count(ALERTS{alertstate="firing",alertname!="Many"}) > 3
"""


@pytest.mark.skipif(
    not BINARIES, reason="no Prometheus with its promtool in PROMETHEUS_BIN or on the PATH"
)
@pytest.mark.parametrize("binary", BINARIES, ids=str)
async def test_expressions(binary, tmp_path):
    plans = [parse(expression) for expression in EXPRESSIONS]
    stream = without_gaps(stream_for(needs(plans), STEPS, seed=7))
    stream = {labels: own for labels, own in stream.items() if "desk_nothing" not in str(labels)}
    total = Comparison()
    async with filled(binary, stream, tmp_path) as prometheus:
        semantics, source = await semantics_of(prometheus), loaded(stream, START_MS)
        for expression in EXPRESSIONS:
            one = await compare_expression(expression, prometheus, source, semantics)
            assert one.filled, f"{expression} has no answer to compare"
            total.answers += one.answers
            total.differences += one.differences
    assert not total.differences, "\n".join(total.differences[:5])
    assert total.answers > 10_000


@pytest.mark.skipif(
    not BINARIES, reason="no promtool beside a Prometheus of PROMETHEUS_BIN or on the PATH"
)
@pytest.mark.parametrize("tool", [one.parent / "promtool" for one in BINARIES], ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_rules(tool, seed, tmp_path):
    file = tmp_path / "rules.yml"
    file.write_text(RULES)
    found = compare_rules([file], tool, tmp_path, seed)
    assert not found.differences, found.differences[0][:3000]
    assert found.filled > 50


@pytest.mark.skipif(
    not BINARIES, reason="no Prometheus with its promtool in PROMETHEUS_BIN or on the PATH"
)
@pytest.mark.parametrize("binary", BINARIES, ids=str)
async def test_our_own_rules(binary, tmp_path):
    found = await compare_file(ALERTS, binary, tmp_path)
    assert not found.differences, found.differences[0][:3000]
    assert found.filled > found.answers / 10
