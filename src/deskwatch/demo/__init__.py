"""A simulated desk for deskwatch to watch, and a live table of what deskwatch says of it.

The desk speaks to deskwatch by the SDK and the table (`watch`) reads its JSON API, as anyone's
would.
"""

from deskwatch.demo.runner import run

__all__ = ["run"]
