"""The logs of the stack: Loki, Promtail and Alloy."""
