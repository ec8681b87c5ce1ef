"""`deskwatch drills`: synthetic tests, once or continuously, and how they stand."""

from typing import Annotated

import typer

from deskwatch.cli.failure import PROBLEM, explain, fail
from deskwatch.cli.options import AsJson, ConfigFile, Url, engine, load_config

app = typer.Typer(no_args_is_help=True, help="Try on a simulated account what the desk relies on.")

OneDrill = Annotated[
    str | None, typer.Argument(metavar="NAME", help="One drill alone.", show_default=False)
]


@app.command()
def run(
    name: OneDrill = None, *, url: Url = None, config: ConfigFile = None, json: AsJson = False
) -> None:
    """Run the drills once; exit with 1 when one fails.

    Each needs a simulated account ([drill.NAME] in the configuration) and the platform's gateway
    (drills.platform_url). Everything is put back at the end. The results are reported to deskwatch.
    """
    settings = load_config(config)
    from deskwatch.cli import log
    from deskwatch.cli.drills.once import run_once

    log.configure(settings.log)
    if not run_once(settings, url, name, as_json=json):
        raise typer.Exit(PROBLEM)


@app.command()
def serve(*, url: Url = None, config: ConfigFile = None) -> None:
    """Run the drills every drills.interval_s, until SIGINT, SIGTERM or a closed terminal.

    Results are reported to deskwatch, and served as metrics at drills.port.
    """
    settings = load_config(config)
    from deskwatch.cli import log
    from deskwatch.cli.drills.serving import serve_drills

    log.configure(settings.log)
    try:
        serve_drills(settings, url)
    except OSError as error:
        fail(explain(error))


@app.command()
def show(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show how each drill's last run ended, as deskwatch was told."""
    from deskwatch.cli.show.drills import show_drills

    with engine(url, config) as client:
        show_drills(client, as_json=json)
