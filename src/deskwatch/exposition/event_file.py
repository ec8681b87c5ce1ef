"""Whether the files that events come in by can be read."""

from collections.abc import Callable, Mapping

from deskwatch.exposition.families import Families


class EventFileCollector:
    """The files of events that deskwatch.toml names."""

    def __init__(self, unread: Callable[[], Mapping[str, bool]]) -> None:
        self._unread = unread
        families = self.families = Families()
        self._shown = families.gauge(
            "deskwatch_event_file_unread",
            "1 while a file of events is missing or can't be read.",
            ("file",),
        )

    def collect(self) -> None:
        """Show how each was found when it was last looked at."""
        self._shown.replace({(name,): float(one) for name, one in self._unread().items()})
