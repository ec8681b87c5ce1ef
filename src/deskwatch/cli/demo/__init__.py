"""The demo: an engine and a simulated desk, each in a process of its own."""
