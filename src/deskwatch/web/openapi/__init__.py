"""The API, described."""
