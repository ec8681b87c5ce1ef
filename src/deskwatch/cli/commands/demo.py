"""`deskwatch demo`: an engine, a simulated desk, and a live table of its P&L."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deskwatch.cli.failure import MISUSE, PROBLEM, explain, fail

if TYPE_CHECKING:
    from deskwatch.demo.drill_gateway import GatewayAddress

Seed = Annotated[int, typer.Option("--seed", help="Another seed is another day on the desk.")]
Rate = Annotated[
    float, typer.Option("--rate", min=0.01, max=100, help="Simulated seconds in a second.")
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="Holds the token that the engine asks for.",
        show_default=False,
    ),
]
GatewayPort = Annotated[
    int | None,
    typer.Option(
        "--gateway",
        metavar="PORT",
        min=0,
        max=65535,
        help="Let drills in here (docs/drills.md).",
        show_default=False,
    ),
]
GatewayBind = Annotated[
    str, typer.Option("--gateway-bind", metavar="ADDRESS", help="Where the gateway listens.")
]
GatewayTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--gateway-token-file",
        metavar="FILE",
        help="Holds the token that the gateway asks for.",
        show_default=False,
    ),
]
LogFolder = Annotated[
    Path | None,
    typer.Option(
        "--logs",
        metavar="DIR",
        help="Have its programs write their logs here.",
        show_default=False,
    ),
]


def demo(
    *,
    seed: Seed = 7,
    rate: Rate = 1.0,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            help="Where to serve; 0 is any free port. Else 8080, or a free one if that is taken.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", min=1, help="End so long after it has started.", show_default=False
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            metavar="DIR",
            help="Keep what is recorded here, and go on from it the next time.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Watch a simulated desk, until Ctrl-C; nothing is left behind.

    In a terminal as a live table, elsewhere as a snapshot every few seconds.
    """
    from deskwatch.cli.demo import stage

    if not stage.show(seed, rate, port, seconds, keep):
        raise typer.Exit(PROBLEM)


def desk(
    *,
    url: Annotated[str, typer.Option("--url", metavar="URL", help="The engine to report to.")],
    token_file: TokenFile = None,
    gateway: GatewayPort = None,
    gateway_bind: GatewayBind = "127.0.0.1",
    gateway_token_file: GatewayTokenFile = None,
    logs: LogFolder = None,
    seed: Seed = 7,
    rate: Rate = 1.0,
) -> None:
    """Run the simulated desk alone, until SIGINT or SIGTERM."""
    import deskwatch.demo
    from deskwatch.cli.signals import Signalled

    token = _token(token_file)
    address = None
    if gateway is not None:
        address = _gateway_address(gateway_bind, gateway, gateway_token_file)
    with Signalled() as stop:
        try:
            deskwatch.demo.run(url, seed, rate, stop, token, gateway=address, logs=logs)
        except OSError as error:
            fail(f"the simulated desk can't run: {explain(error)}")


def _gateway_address(bind: str, port: int, token_file: Path | None) -> "GatewayAddress":
    from deskwatch.config.values import is_loopback
    from deskwatch.demo.drill_gateway import GatewayAddress

    token = _token(token_file)
    if token is None and not is_loopback(bind):
        fail(
            "--gateway-bind: expected a loopback address, unless --gateway-token-file is given",
            MISUSE,
        )
    return GatewayAddress(bind, port, token)


def _token(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text().strip()
    except OSError as error:
        fail(f"can't read the token: {explain(error)}", MISUSE)
