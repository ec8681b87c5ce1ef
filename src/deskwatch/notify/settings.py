"""What the alert book and the outbox are told; the defaults stand beside their meanings."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core.period import HOUR, MINUTE, SECOND
from deskwatch.notify.matcher import Matcher

DEFAULT_GROUP_BY: Final = ("alertname", "severity")


class Inhibition(Struct, frozen=True, kw_only=True):
    """While an alert fires that `source` matches, those that `target` matches are not told.

    equal: labels that both must share; a label that neither has counts as shared.
    """

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()


#: What an engaged kill switch brings with it. A reset that nobody is recorded for is none of these.
_OPENED: Final = Matcher("alertname", "=~", "CircuitBreaker(Open|OpenLong|Flapping)")

#: What the alerts on one limit share; those on losses and drawdown name no venue and no symbol.
_LIMIT: Final = ("limit", "account", "strategy", "venue", "symbol", "currency")
_LOSS: Final = "(DailyLoss|HourlyLoss|Drawdown)"


def _milder(kept_quiet: str, by: str, *equal: str) -> Inhibition:
    """Return that alerts are not told while a worse one of the same thing is; both are patterns."""
    return Inhibition(
        source=(Matcher("alertname", "=~", by),),
        target=(Matcher("alertname", "=~", kept_quiet),),
        equal=equal,
    )


#: What says of others that nothing came from them in time.
_SILENT: Final = Matcher(
    "alertname",
    "=~",
    "ClockReportOld|DeadManExpired|DrillStale|Feed(Stale|SymbolsSilent)|FxRateOld|HeartbeatMissed"
    "|MarkOld|MarketDataStale|OrdersUnacknowledged|ReconciliationNotRun|ServiceDown"
    "|UserStreamSilent",
)

#: An engaged kill switch opens breakers: that of the desk all, that of an account the account's.
#: One that stops less, such as a venue or a strategy, explains none. A service that is down
#: silences its feeds, a journal that takes nothing in silences everybody, and a venue that is slow
#: to answer its requests acknowledges late. A step of a clock is told once. What is told of one
#: thing is told by its worst alone: the milder alert ends where the worse begins, or is kept firing
#: for a while after it, and its end would come as if all was well again.
DEFAULT_INHIBITIONS: Final = (
    # alertmanager/alertmanager.yml has the same ones, in this order.
    Inhibition(
        source=(
            Matcher("alertname", "=", "KillSwitchEngaged"),
            Matcher("scope", "=", "desk"),
            Matcher("account", "=", ""),
        ),
        target=(_OPENED,),
    ),
    Inhibition(
        source=(
            Matcher("alertname", "=", "KillSwitchEngaged"),
            Matcher("scope", "=", "desk"),
        ),
        target=(_OPENED,),
        equal=("account",),
    ),
    Inhibition(
        source=(Matcher("alertname", "=", "ServiceDown"),),
        target=(Matcher("alertname", "=~", "Feed.*|MarketDataStale|UserStreamSilent|CrossedBook"),),
        equal=("service",),
    ),
    Inhibition(source=(Matcher("alertname", "=", "JournalFailing"),), target=(_SILENT,)),
    Inhibition(
        source=(Matcher("alertname", "=", "ApiLatencyVeryHigh"),),
        target=(Matcher("alertname", "=~", "OrderAck(Very)?Slow"),),
        equal=("venue",),
    ),
    Inhibition(
        source=(Matcher("alertname", "=", "ClockOffsetOverLimit"),),
        target=(Matcher("alertname", "=", "DeskwatchClockStepped"),),
    ),
    _milder(f"{_LOSS}(NearLimit|High)|Limit(Near|High)", f"{_LOSS}?LimitBreached", *_LIMIT),
    _milder(f"{_LOSS}NearLimit|LimitNear", f"{_LOSS}High|LimitHigh", *_LIMIT),
    _milder("ApiLatencyHigh", "ApiLatencyVeryHigh", "venue"),
    _milder("OrderAckSlow", "OrderAckVerySlow", "venue"),
    _milder("LatencyHigh", "LatencyVeryHigh", "operation", "venue", "stage"),
    _milder("ApiErrorsHigh", "ApiErrorsVeryHigh", "venue"),
    _milder("ClockOffsetNearLimit", "ClockOffsetOverLimit", "host"),
    _milder("IngestLagHigh", "IngestLagOverFiveSeconds"),
    _milder("HeartbeatMissed", "ServiceDown", "service", "host"),
    _milder("FeedStale", "MarketDataStale", "service", "venue"),
    _milder("RejectRatioHigh", "VenueRejectsEverything", "venue"),
    _milder("DrillFailed", "DrillFailedRepeatedly", "drill"),
    _milder("DiskNearlyFull|DiskFillsSoon", "DiskFull"),
)


class BookSettings(Struct, frozen=True, kw_only=True):
    """How alerts become notifications; times in ns.

    group_by: pages are told each by itself, whatever it says. group_wait: how long the first alert
    of a group waits for others; pages never wait. group_interval: how long until a group that was
    told is told again of what is new in it. repeat_interval: how long until what still fires, and
    nobody has acknowledged, is told again. flap_count, flap_window: an alert that fires more often
    than this within the window is flapping, until it has kept still for a whole window.
    escalate_after: how long a page waits to be acknowledged before it goes to the next channel, and
    the next. receivers: the channels' names, in that order. simulated: accounts that trade nothing
    real, each told apart from all others. ignored: alerts that are never told.
    relayed: groups, silences, inhibition and when to repeat are Alertmanager's; see relayed().
    """

    group_by: tuple[str, ...] = DEFAULT_GROUP_BY
    group_wait: int = 10 * SECOND
    group_interval: int = 5 * MINUTE
    repeat_interval: int = 4 * HOUR
    flap_count: int = 5
    flap_window: int = 10 * MINUTE
    escalate_after: int = 5 * MINUTE
    receivers: tuple[str, ...] = ("telegram",)
    simulated: frozenset[str] = frozenset()
    inhibitions: tuple[Inhibition, ...] = DEFAULT_INHIBITIONS
    ignored: tuple[Matcher, ...] = (Matcher("alertname", "=", "Watchdog"),)
    max_alerts: int = 10_000
    max_history: int = 10_000
    max_silences: int = 1_000
    relayed: bool = False


def relayed(settings: BookSettings) -> BookSettings:
    """Return the settings of a book that tells what Alertmanager has grouped and waited for."""
    return replace(settings, relayed=True, group_wait=0, group_interval=0, inhibitions=())


class OutboxSettings(Struct, frozen=True, kw_only=True):
    """How notifications wait; times in ns.

    max_waiting: over it, for one channel, what isn't a page is folded into a digest. burst: over it
    in one lane, everything that waits becomes one digest. page_burst: the same for pages, of which
    the last one would leave so many seconds later. first_retry doubles up to last_retry.
    permanent_retry: how long until the last channel is tried again that has refused for good.
    """

    max_waiting: int = 5_000
    burst: int = 8
    page_burst: int = 3
    first_retry: int = SECOND
    last_retry: int = 30 * SECOND
    permanent_retry: int = 10 * MINUTE
