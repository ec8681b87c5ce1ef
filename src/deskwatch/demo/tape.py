"""Where every part of the simulated desk reports what happened."""

Event = dict[str, object]


class Tape:
    """The events since the last `tear`, in the order in which the platform learned of them."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def write(self, kind: str, event_time: int, **fields: object) -> None:
        """Add one event; fields that are None stay in it as JSON null."""
        self._events.append({"kind": kind, "event_time": event_time, **fields})

    def tear(self) -> list[Event]:
        """Return the events so far, oldest first, and forget them."""
        events, self._events = self._events, []
        return events
