"""What goes wrong outside of us, said in a few clear lines; a traceback is for our own bugs."""

from typing import Final, NoReturn

import typer

from deskwatch.core.wording import printable

#: A problem was found, or the world is not as it must be.
PROBLEM: Final = 1
#: The command, or the configuration it runs by, asks for what can't be: trying again won't help.
MISUSE: Final = 2


def fail(message: str, code: int = PROBLEM) -> NoReturn:
    """Say on stderr what is wrong, and end the command.

    message: may hold names that came from outside.
    """
    said = "\n".join(map(printable, message.split("\n")))
    typer.echo(f"deskwatch: {said}", err=True)
    raise typer.Exit(code)


def explain(error: OSError) -> str:
    """Return what the system said, with the file it is about, without the number."""
    why = error.strerror or str(error) or type(error).__name__
    return f"{why}: {error.filename}" if error.filename else why
