"""The drills of the configuration, run once or again and again."""
