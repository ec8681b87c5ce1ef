"""Server-sent events: topics, and what changed in them."""
