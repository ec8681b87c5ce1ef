"""HTTP: events in, and figures, health and metrics out."""
