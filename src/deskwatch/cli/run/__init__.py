"""The engine as a process of its own: its loop, its bounds, and who is told that it lives."""
