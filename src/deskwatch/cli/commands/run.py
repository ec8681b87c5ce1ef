"""`deskwatch run`: the engine, until it is told to stop."""

import faulthandler
import os
import signal
from typing import Annotated

import typer

from deskwatch.cli.failure import MISUSE, explain, fail
from deskwatch.cli.options import ConfigFile, load_config


def run(
    *,
    config: ConfigFile = None,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Take events as JSON lines from standard input, too.")
    ] = False,
) -> None:
    """Take events and serve the books, until SIGINT or SIGTERM."""
    # Until the engine hears it: the rules that a reload asks for are yet to be read.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    settings = load_config(config)
    # Whatever it makes, from the data folder to what SQLite keeps, is for its owner alone.
    os.umask(0o077)

    from deskwatch.cli import log
    from deskwatch.cli.run.freed_memory import give_back_large_blocks
    from deskwatch.cli.run.open_files import raise_open_files
    from deskwatch.cli.run.serving import serve
    from deskwatch.journal.segment import JournalUnavailable
    from deskwatch.logs.own import OwnLog
    from deskwatch.notify.apprise import BadAddress
    from deskwatch.rules.rule import RulesInvalid

    # An engine that hangs is ended by systemd's SIGABRT: its log then says where each thread was.
    faulthandler.enable()
    raise_open_files()
    give_back_large_blocks()
    own_log = OwnLog()
    log.configure(settings.log, own_log)
    try:
        serve(settings, stdin=stdin, own_log=own_log, file=config)
    except JournalUnavailable as unavailable:
        fail(str(unavailable))
    except RulesInvalid as invalid:
        fail(f"the alert rules can't be read\n{invalid}", MISUSE)
    except BadAddress as bad:
        fail(f"apprise.urls: {bad}", MISUSE)
    except OSError as error:
        fail(explain(error))
