"""`deskwatch schema`: what an event may look like."""

# ruff: noqa: PLC0415  Imports wait for the command that needs them, so that --help does not.

import typer


def schema() -> None:
    """Print the JSON Schema of events."""
    from deskwatch.core.codec import json_schema

    typer.echo(json_schema(), nl=False)
