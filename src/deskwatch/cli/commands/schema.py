"""`deskwatch schema`: what an event may look like."""

import typer


def schema() -> None:
    """Print the JSON Schema of events."""
    from deskwatch.core.schema import json_schema

    typer.echo(json_schema(), nl=False)
