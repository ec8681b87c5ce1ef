"""System Health: whether all is up, market data flows, and the machine has room left."""

from deskwatch.dashboards.board import VENUE, Board, Variable
from deskwatch.dashboards.expression import highest
from deskwatch.dashboards.panel import (
    NONE_IS_GOOD,
    ONE_IS_GOOD,
    Ask,
    Column,
    stat,
    table,
    timeline,
    timeseries,
)

_SERVICE = Variable(
    "service", "service", ("desk_heartbeat_down_after_seconds", "desk_feed_messages_total")
)

_OF_SERVICE = '{service=~"$service"}'
_OF_FEED = '{service=~"$service", venue=~"$venue"}'
_OF_VENUE = '{venue=~"$venue"}'
_AGE = f"desk_heartbeat_age_seconds{_OF_SERVICE}"
#: As SessionDown counts: whoever logs out on purpose is not down.
_LOST_STATES = 'desk_session_state{state=~"connecting|disconnected|error", venue=~"$venue"}'
_FEED = "venue, channel"
#: Of channels alone: a symbol that is silent while its channel flows is a quiet market.
_OVERDUE = 'desk_feed_overdue_ratio{service=~"$service", venue=~"$venue", symbol=""}'


def _down(age: str) -> str:
    """Return whether services' heartbeats are older than was promised."""
    promised = f"desk_heartbeat_down_after_seconds{_OF_SERVICE}"
    return f"max by (service, host) ({age}) > bool max by (service, host) ({promised})"


def _session_down(states: str) -> str:
    return f"max by (venue, session) ({states})"


NOW = [
    stat(
        "Is deskwatch up?",
        'up{job="deskwatch"}',
        unit="short",
        colors=ONE_IS_GOOD,
        names={0: "down", 1: "up"},
        width=4,
        why="Whether Prometheus reaches it: docs/runbooks/DeskwatchDown.md",
    ),
    stat(
        "How many services are down?",
        f"sum({_down(_AGE)})",
        unit="short",
        colors=NONE_IS_GOOD,
        width=5,
        why="Silent for heartbeats.down_after times what they promised: "
        "docs/runbooks/ServiceDown.md",
    ),
    stat(
        "How many feeds are stale?",
        f"sum(max by (service, {_FEED}) ({_OVERDUE}) > bool 1)",
        unit="short",
        colors=NONE_IS_GOOD,
        width=5,
        why="Connected, and silent for longer than their own rhythm allows: "
        "docs/runbooks/FeedStale.md",
    ),
    stat(
        "How many sessions are down?",
        f"sum({_session_down(_LOST_STATES)})",
        unit="short",
        colors=NONE_IS_GOOD,
        width=5,
        why="Not logged on, and not logged out on purpose: docs/runbooks/SessionDown.md",
    ),
    stat(
        "How many books are wrong?",
        f"sum(desk_feed_crossed_books{_OF_FEED}) + sum(desk_feed_open_gaps{_OF_FEED})",
        unit="short",
        colors=NONE_IS_GOOD,
        width=5,
        why="Crossed, or without a message that it missed. Prices of such a book are not to be "
        "trusted: docs/runbooks/FeedGapOpen.md",
    ),
]

SERVICES = [
    timeline(
        "When was which service down?",
        _down(highest(_AGE)),
        legend="{{service}} {{host}}",
        names={0: "up", 1: "down"},
        colors={0: "green", 1: "red"},
        width=12,
        why="Down is a heartbeat that is heartbeats.down_after times as old as was promised; "
        "absent once it was stopped on purpose.",
    ),
    timeline(
        "When was which session down?",
        _session_down(highest(_LOST_STATES)),
        legend="{{venue}} {{session}}",
        names={0: "not down", 1: "down"},
        colors={0: "green", 1: "red"},
        width=12,
        why="Without its session a venue takes no orders and cancels none. One that was logged out "
        "on purpose is not down.",
    ),
    table(
        "How long is each service up, and how often did it fail?",
        Column("uptime", f"max by (service, host) (desk_service_uptime_seconds{_OF_SERVICE})", "s"),
        Column(
            "heartbeat",
            f"max by (service, host) (desk_heartbeat_age_seconds{_OF_SERVICE})",
            "s",
        ),
        Column(
            "restarts",
            f"max by (service, host) (desk_service_restarts_total{_OF_SERVICE})",
            "short",
        ),
        Column(
            "outages", f"max by (service, host) (desk_service_outages_total{_OF_SERVICE})", "short"
        ),
        why="Uptime is absent while a service is down.",
    ),
    table(
        "How are the platform's processes?",
        Column(
            "state",
            "max by (process) (desk_process_running)",
            "short",
            {0: "missing", 1: "runs"},
        ),
        Column("memory", "max by (process) (desk_process_memory_bytes)", "bytes"),
        Column("CPU", "sum by (process) (rate(desk_process_cpu_seconds_total[5m]))", "percentunit"),
        Column("files", "max by (process) (desk_process_open_files)", "short"),
        why="Those that [processes] of deskwatch.toml names: docs/runbooks/ProcessMissing.md",
    ),
]

FEEDS = [
    timeseries(
        "Which feed is silent for longer than it should be?",
        f"max by ({_FEED}) ({_OVERDUE})",
        unit="percentunit",
        legend="{{venue}} {{channel}}",
        limits=[Ask("vector(1)", "stale from here")],
        why="Silence over the silence from which the feed is stale by its own rhythm: at 100% it "
        "is. docs/feeds.md",
    ),
    timeseries(
        "How many messages come?",
        f"sum by ({_FEED}) (rate(desk_feed_messages_total{_OF_FEED}[$__rate_interval]))",
        unit="cps",
        legend="{{venue}} {{channel}}",
        why="As the platform tells of them.",
    ),
    timeseries(
        "Where are messages missing?",
        f"sum by ({_FEED}) (increase(desk_feed_missed_messages_total{_OF_FEED}[$__rate_interval]))",
        unit="short",
        legend="{{venue}} {{channel}} messages",
        also=[
            Ask(
                f"sum by ({_FEED}) (desk_feed_open_gaps{_OF_FEED})",
                "{{venue}} {{channel}} books with a gap",
            )
        ],
        why="A book that was not built anew since is wrong until it is.",
    ),
    timeseries(
        "How old are the prices that we value with?",
        f"max by (venue) (desk_mark_age_seconds{_OF_VENUE})",
        unit="s",
        legend="{{venue}}",
        limits=[Ask(f"max by (venue) (desk_mark_max_age_seconds{_OF_VENUE})", "{{venue}} limit")],
        why="An older mark values nothing: P&L becomes absent. docs/runbooks/MarkOld.md",
    ),
]

CLOCKS = [
    timeseries(
        "How far are the hosts' clocks off?",
        "max by (host) (abs(desk_clock_offset_seconds))",
        unit="s",
        legend="{{host}}",
        limits=[Ask("max by (preset) (desk_clock_offset_limit_seconds)", "{{preset}}")],
        logarithmic=True,
        why="Against UTC, either way; the dashed line is what RTS 25 allows: "
        "docs/runbooks/ClockOffsetOverLimit.md",
    ),
    timeseries(
        "How long do the dead-man timers last?",
        f"min by (timer, venue, account) (desk_dead_man_left_seconds{_OF_VENUE})",
        unit="s",
        legend="{{timer}} {{venue}} {{account}}",
        limits=[Ask("vector(0)", "expired")],
        why="Below zero the venue has cancelled what was open: docs/runbooks/DeadManExpired.md",
    ),
]

MACHINE = [
    timeseries(
        "How busy is the machine?",
        "max(desk_host_cpu_ratio)",
        unit="percentunit",
        legend="processors",
        also=[Ask("1 - max(desk_host_memory_available_ratio)", "memory")],
        width=8,
        why="Of the machine that deskwatch runs on: docs/runbooks/HostBusy.md",
    ),
    timeseries(
        "How much room is left on its disk?",
        "max(deskwatch_disk_free_ratio)",
        unit="percentunit",
        legend="free",
        width=8,
        why="The disk of the journal: docs/runbooks/DiskNearlyFull.md",
    ),
    timeseries(
        "What goes over the network and the disk?",
        "sum by (direction) (rate(desk_host_network_bytes_total[$__rate_interval]))",
        unit="Bps",
        legend="network {{direction}}",
        also=[
            Ask(
                "sum by (direction) (rate(desk_host_disk_bytes_total[$__rate_interval]))",
                "disk {{direction}}",
            )
        ],
        width=8,
        why="Loopback included.",
    ),
    timeseries(
        "How busy are the hosts that node_exporter sees?",
        '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
        unit="percentunit",
        legend="{{instance}}",
        width=8,
        why="The stack's own node_exporter, and others that prometheus.yml names.",
    ),
    timeseries(
        "How much memory have they left?",
        "min by (instance) (node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)",
        unit="percentunit",
        legend="{{instance}}",
        width=8,
        why="Memory that can be had without swapping.",
    ),
    timeseries(
        "How full are their disks?",
        'max by (instance, mountpoint) (1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"}'
        ' / node_filesystem_size_bytes{fstype!~"tmpfs|overlay"})',
        unit="percentunit",
        legend="{{instance}} {{mountpoint}}",
        width=8,
        why="At 100% nothing is written any more.",
    ),
]

BOARD = Board(
    uid="deskwatch-health",
    title="System Health",
    question="Is everything up, does market data flow, and has the machine room left?",
    variables=(_SERVICE, VENUE),
    rows={
        "Now": NOW,
        "Services and sessions": SERVICES,
        "Feeds": FEEDS,
        "Clocks and timers": CLOCKS,
        "Resources": MACHINE,
    },
)
