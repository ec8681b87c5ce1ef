"""`deskwatch render`: what another program's configuration has to say of deskwatch."""

from pathlib import Path
from typing import Annotated

import typer

from deskwatch.cli.failure import MISUSE, fail
from deskwatch.cli.options import ConfigFile, load_config

app = typer.Typer(no_args_is_help=True, help="Print what other programs need to watch deskwatch.")


@app.callback()
def _render() -> None:
    """Print what other programs need to watch deskwatch."""


@app.command()
def kubernetes(
    *,
    name: Annotated[
        str,
        typer.Option(metavar="NAME", help="The name of the resources, the Secret and the Service."),
    ] = "deskwatch",
    namespace: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Their namespace. Else that in which they are applied.",
            show_default=False,
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="A label that the operator selects them by. May be repeated.",
            show_default=False,
        ),
    ] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A rule file besides the configured ones. May be repeated.",
            show_default=False,
        ),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Print a ServiceMonitor and PrometheusRules for the Prometheus Operator.

    A comment at its top says what the resource Prometheus itself must have.
    """
    from deskwatch.rules.load import load
    from deskwatch.rules.rule import RulesInvalid
    from deskwatch.stack.kubernetes import Resources, manifests

    paths = [*load_config(config).rules.files, *(rules or [])]
    try:
        load(paths)
        resources = Resources(name=name, namespace=namespace, labels=_labels(label or []))
        files = [(path.stem, path.read_text(encoding="utf-8")) for path in paths]
        typer.echo(manifests(resources, files), nl=False)
    except RulesInvalid as invalid:
        fail(f"the rules can't be used\n{invalid}", MISUSE)
    except ValueError as error:
        fail(str(error), MISUSE)


def _labels(given: list[str]) -> dict[str, str]:
    """Return labels by their keys. Raises ValueError."""
    labels: dict[str, str] = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or key in labels:
            raise ValueError(f"--label {one}: expected KEY=VALUE, each key once")
        labels[key] = value
    return labels
