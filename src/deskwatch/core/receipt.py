"""What a sender is told about the events it handed in."""

from typing import Final, Protocol

from msgspec import Struct

#: A receipt quotes at most this many refusals; `refused_total` counts them all.
MAX_QUOTED_REFUSALS = 100


class Refusal(Struct, frozen=True):
    """One refused event: its line (from 1), why, what was found and expected.

    line: in the body; of an array, the element's number; of a connection, since it began, the line
    with the token and blank ones included.
    """

    line: int
    reason: str
    found: str
    expected: str


class Receipt(Struct, frozen=True):
    """The outcome of one block, given only once the journal has what it counts as accepted.

    duplicates: events that were known already and changed nothing; they are not in `accepted`.
    refused: oldest line first, 100 at most; refused_total counts them all.
    """

    accepted: int
    duplicates: int
    refused: list[Refusal]
    refused_total: int


#: For nothing at all.
NOTHING: Final = Receipt(accepted=0, duplicates=0, refused=[], refused_total=0)


class IntakeUnavailable(Exception):
    """Nothing of the block was kept; the sender should send it again after `retry_after_s`.

    busy: the backlog is full. Otherwise the journal can't keep events, and the text says why.
    """

    def __init__(self, why: str, *, busy: bool = False, retry_after_s: int = 1) -> None:
        self.busy = busy
        self.retry_after_s = retry_after_s
        super().__init__(why)


class Submit(Protocol):
    """Where every way in hands its blocks: journal first, then the books.

    block: NDJSON lines. way: the way in, a label value such as "http" or "tcp".
    refused: lines that the way in refused itself (too long, for one), to be counted with the rest.
    Raises IntakeUnavailable.
    """

    async def __call__(
        self, block: bytes, *, way: str, refused: list[Refusal] | None = None
    ) -> Receipt:
        """Return the receipt once the journal has what it counts as accepted."""
        ...
