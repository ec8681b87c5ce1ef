"""What `/api/v1/reconciliation` answers. Amounts and times are as in `answers`."""

from msgspec import Struct

from deskwatch.core.comparison import Reason, Standing
from deskwatch.core.event import Nanoseconds
from deskwatch.core.position_reports import BreakKind
from deskwatch.core.reconciliation import Subject
from deskwatch.web.answers.figures import Amount, Count


class ReconciliationRow(Struct, frozen=True):
    """One reported figure beside ours.

    symbol: of a balance, its currency. reason: why it is unknown, else null. kind: of a break, else
    null. ours: as of now; said: by the last report that succeeded, at said_time, null before there
    is one. Of a break, else null: ours_then, as of said_time, and apart, what the venue has more
    than that: ours_then + apart = said.
    notional: of apart, above zero, in `currency`; null without a break, a price or a rate.
    age_s: since the break was first seen. error: of the last query, if it failed.
    """

    subject: Subject
    account: str
    venue: str
    symbol: str
    standing: Standing
    reason: Reason | None
    kind: BreakKind | None
    ours: Amount
    said: Amount | None
    said_time: Nanoseconds | None
    ours_then: Amount | None
    apart: Amount | None
    notional: Amount | None
    currency: str
    since: Nanoseconds | None
    age_s: float | None
    failures: Count
    error: str


class UnreportedRow(Struct, frozen=True):
    """A position that the books hold and that no report has named."""

    account: str
    venue: str
    symbol: str
    ours: Amount


class ReconciliationAnswer(Struct, frozen=True):
    """Every figure that a venue reports, and the positions that none has.

    breaks and unknown: how many rows stand so. grace_s and max_age_s: as they are set.
    """

    as_of: Nanoseconds
    grace_s: float
    max_age_s: float
    breaks: Count
    unknown: Count
    rows: list[ReconciliationRow]
    unreported: list[UnreportedRow]
