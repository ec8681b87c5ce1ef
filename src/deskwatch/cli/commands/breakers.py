"""`deskwatch breakers`: what guards the desk."""

from deskwatch.cli.options import AsJson, ConfigFile, Url, engine


def breakers(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show breakers, kill switches and dead-man timers.

    Breakers that are not closed come first. Beside each is what tripped it last: the cause, the
    limit, and what was found against it. What nobody is named for is "unrecorded".
    """
    from deskwatch.cli.show.breakers import show_breakers

    with engine(url, config) as client:
        show_breakers(client, as_json=json)
