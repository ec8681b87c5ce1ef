"""What ends the demo's loops."""

from typing import Protocol


class Stop(Protocol):
    """Says when to end; a threading.Event is one."""

    def is_set(self) -> bool:
        """Return whether to end."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; return at once, and True, when it is time to end."""
        ...
