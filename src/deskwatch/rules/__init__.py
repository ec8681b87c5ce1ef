"""Rules: Prometheus rule files read and evaluated over our own series, and each alert's life."""
