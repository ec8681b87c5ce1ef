"""PromQL, evaluated over samples in memory to Prometheus' answers. docs/promql.md says how much."""
