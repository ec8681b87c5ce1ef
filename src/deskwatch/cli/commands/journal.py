"""`deskwatch journal`: verify it, print it, make it smaller, back it up and put it back."""

from pathlib import Path
from typing import Annotated

import typer

from deskwatch.cli.failure import PROBLEM
from deskwatch.cli.options import AsJson, ConfigFile, DataFolder, load_config

BackupFile = Annotated[
    str, typer.Argument(metavar="FILE", help="The tar file; - is standard output or input.")
]

app = typer.Typer(
    no_args_is_help=True, help="Verify, print, compact, back up or restore a journal."
)


@app.command()
def verify(*, data: DataFolder = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Read all of the journal and say what is missing or damaged.

    The engine may run meanwhile; nothing is changed. Exit with 1 when something is wrong.
    """
    folder = _data(data, config)
    from deskwatch.cli.journal import upkeep

    if not upkeep.verify(folder, as_json=json):
        raise typer.Exit(PROBLEM)


@app.command()
def cat(
    *,
    data: DataFolder = None,
    config: ConfigFile = None,
    with_time: Annotated[
        bool,
        typer.Option(
            "--with-time",
            help='Wrap each event: {"cursor": …, "receive_time": …, "event": …}.',
        ),
    ] = False,
    after: Annotated[
        str | None,
        typer.Option(
            "--after",
            metavar="SEGMENT:OFFSET",
            help="Only what comes after this cursor.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print the journal's events as JSON lines, oldest first.

    With --with-time each has when it was received (ns), and the cursor after its block. Exit with
    1 when some are missing.
    """
    folder = _data(data, config)
    from deskwatch.cli.journal import upkeep

    if not upkeep.cat(folder, after, with_time=with_time):
        raise typer.Exit(PROBLEM)


@app.command()
def compact(
    *,
    data: DataFolder = None,
    config: ConfigFile = None,
    keep_days: Annotated[
        int | None,
        typer.Option(
            "--keep-days",
            min=1,
            metavar="N",
            help="Remove what is older, once two snapshots have it. Else as journal.keep_days.",
            show_default=False,
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Compress what is finished, and remove what is too old.

    The engine must not be running.
    """
    if data is None:
        settings = load_config(config)
        data, keep_days = settings.data, keep_days or settings.journal.keep_days
    from deskwatch.cli.journal import upkeep

    upkeep.compact(data, keep_days, as_json=json)


@app.command()
def leave_out(
    *,
    cursor: Annotated[
        str, typer.Argument(metavar="SEGMENT:OFFSET", help="The cursor after its block.")
    ],
    number: Annotated[
        int,
        typer.Argument(
            metavar="NUMBER",
            min=1,
            help="Which of the block's events, from 1, as `cat` prints them.",
        ),
    ],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why. `verify` shows it.")] = "",
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Start without one event, at which a bug of deskwatch ends every start.

    The last words of such a start say which. The journal keeps it, and a copy that comes changes
    nothing. The engine must not be running.
    """
    folder = _data(data, config)
    from deskwatch.cli.journal import upkeep

    upkeep.leave_out(folder, cursor, number, why)


@app.command()
def backup(file: BackupFile, *, data: DataFolder = None, config: ConfigFile = None) -> None:
    """Write what an engine keeps into one tar file: journal, snapshots, P&L history, alerts.

    Not its logs. The engine may run meanwhile: what it acknowledged before is in it.
    """
    folder = _data(data, config)
    from deskwatch.cli.journal.backup import back_up

    back_up(folder, file)


@app.command()
def restore(file: BackupFile, *, data: DataFolder = None, config: ConfigFile = None) -> None:
    """Put back what `backup` wrote. What is there now is moved to a folder beside it.

    Logs stay. The engine must not be running. Exit with 1 when the backup is not whole, or the
    journal in it is damaged.
    """
    folder = _data(data, config)
    from deskwatch.cli.journal import upkeep
    from deskwatch.cli.journal.backup import put_back

    put_back(folder, file)
    if not upkeep.verify(folder, as_json=False):
        raise typer.Exit(PROBLEM)


def _data(data: Path | None, config: Path | None) -> Path:
    return load_config(config).data if data is None else data
