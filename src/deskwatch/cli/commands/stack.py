"""`deskwatch stack`: what the containers of docker-compose.yml call."""

from pathlib import Path
from typing import Annotated

import typer

from deskwatch.cli.failure import fail

app = typer.Typer(no_args_is_help=True, help="Prepare the stack of containers.")

_SECRETS, _DATA, _CONFIG = (
    Path("/run/stack"),
    Path("/data"),
    Path("/etc/alertmanager/alertmanager.yml"),
)


@app.command()
def prepare(
    *,
    secrets: Annotated[Path, typer.Option(help="The volume of secrets.")] = _SECRETS,
    data: Annotated[Path, typer.Option(help="The folder with the services' volumes.")] = _DATA,
    alertmanager: Annotated[Path, typer.Option(help="Alertmanager's configuration.")] = _CONFIG,
) -> None:
    """Make the secrets that .env leaves open, and give each service what it may read."""
    import os

    from deskwatch.stack import prepare as stack

    users = {
        "deskwatch": stack.DESKWATCH,
        "prometheus": stack.PROMETHEUS,
        "alertmanager": stack.ALERTMANAGER,
        "grafana": stack.GRAFANA,
        "loki": stack.LOKI,
    }
    volumes = stack.Volumes(
        secrets=secrets,
        data={data / name: user for name, user in users.items() if (data / name).is_dir()},
    )
    try:
        for sentence in stack.Preparation(volumes, os.environ).run(alertmanager.read_text()):
            typer.echo(sentence)
    except (OSError, ValueError) as error:
        fail(f"the stack can't be prepared: {error}")
