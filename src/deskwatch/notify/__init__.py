"""From alerts to people: the alert book, the outbox on disk, and a file for each channel."""
