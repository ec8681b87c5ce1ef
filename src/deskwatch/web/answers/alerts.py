"""What the JSON API answers about alerts, and what it takes. Times: integer ns since 1970 UTC."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from deskwatch.core.alert import AlertState
from deskwatch.core.event import Nanoseconds
from deskwatch.web.answers.figures import Count

Operator = Literal["=", "!=", "=~", "!~"]
MAX_AUTHOR: Final = 64
Author = Annotated[str, Meta(max_length=MAX_AUTHOR)]
Fingerprint = Annotated[str, Meta(min_length=1, max_length=64)]

#: A forgotten silence must end some day.
LONGEST_SILENCE_S = 30 * 86_400


class AcknowledgedBy(Struct, frozen=True):
    """Who has seen an alert, and when."""

    by: str
    at: Nanoseconds


class AlertRow(Struct, frozen=True, kw_only=True):
    """One alert.

    value: the expression's, when last it held; null when it is no finite number. active_at: since
    when the expression holds. fired_at: since when it fires; null while it is pending. event_time:
    of the newest event that led to it, where that is known. silenced_by: the ids of silences;
    null while Alertmanager, which keeps them, doesn't answer. inhibited: whether another alert
    explains it; null likewise. flapping: comes and goes, and is held as firing. group_key: what it
    is told together with; null while nobody is to be told. generator: "group/rule".
    """

    name: str
    state: AlertState
    severity: str
    labels: dict[str, str]
    annotations: dict[str, str]
    value: float | None
    active_at: Nanoseconds
    fired_at: Nanoseconds | None
    resolved_at: Nanoseconds | None
    event_time: Nanoseconds | None
    silenced_by: list[str] | None
    inhibited: bool | None
    acknowledged: AcknowledgedBy | None
    flapping: bool
    fingerprint: str
    group_key: str | None
    generator: str


class UnsupportedRule(Struct, frozen=True):
    """A rule that is left to Prometheus, and the construct it is left for."""

    file: str
    line: int
    rule: str
    construct: str


class RulesStatus(Struct, frozen=True, kw_only=True):
    """The rules in force. ok: whether the newest reading of their files was taken; error: why not.

    While it was not, the rules of the reading before are in force.
    """

    loaded: Count
    ok: bool
    error: str
    unsupported: list[UnsupportedRule]


class ChannelStatus(Struct, frozen=True):
    """One way to reach people. queue: notifications that wait; oldest_s: how long one has, at most.

    trouble: why it fails, where that is known; else null.
    """

    name: str
    queue: Count
    oldest_s: float
    trouble: str | None


class AlertsAnswer(Struct, frozen=True, kw_only=True):
    """Alerts as they stand: what fires, worst first; then what is pending; then what has ended."""

    as_of: Nanoseconds
    alerts: list[AlertRow]
    rules: RulesStatus
    channels: list[ChannelStatus]


class EpisodeRow(Struct, frozen=True, kw_only=True):
    """One time that an alert fired.

    event_time: of the event that led to it, where known. alert_time: when it fired. notify_time:
    when a channel first had it; null if nobody was told. resolved_at: null while it fires.
    """

    fingerprint: str
    group_key: str
    labels: dict[str, str]
    summary: str
    event_time: Nanoseconds | None
    alert_time: Nanoseconds
    notify_time: Nanoseconds | None
    resolved_at: Nanoseconds | None


class DeedRow(Struct, frozen=True):
    """Something that someone did; see AuditAnswer."""

    at: Nanoseconds
    actor: str
    what: str
    object: str


class AlertHistoryAnswer(Struct, frozen=True):
    """What fired and what was done about it, each newest first."""

    episodes: list[EpisodeRow]
    deeds: list[DeedRow]


class MatcherRow(Struct, frozen=True):
    """One condition on one label; a label that isn't there counts as empty.

    A pattern matches the whole value.
    """

    name: str
    op: Operator
    value: str


class SilenceRow(Struct, frozen=True, kw_only=True):
    """A silence that is active: every matcher must fit an alert."""

    id: str
    matchers: list[MatcherRow]
    author: str
    reason: str
    created_at: Nanoseconds
    until: Nanoseconds


class SilencesAnswer(Struct, frozen=True):
    """The active silences, oldest first."""

    as_of: Nanoseconds
    silences: list[SilenceRow]


class NewMatcher(Struct, frozen=True, forbid_unknown_fields=True):
    """A condition of a new silence; see MatcherRow."""

    name: Annotated[str, Meta(min_length=1, max_length=128)]
    op: Operator
    value: Annotated[str, Meta(max_length=1024)]


class NewSilence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What POST /api/v1/silences takes. It begins at once.

    author: whose it is, for a program that acts for somebody; who is signed in is the author.
    """

    matchers: Annotated[list[NewMatcher], Meta(min_length=1, max_length=32)]
    duration_s: Annotated[float, Meta(ge=1, le=LONGEST_SILENCE_S)]
    author: Author = ""
    reason: Annotated[str, Meta(max_length=500)] = ""


class Acknowledge(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What POST /api/v1/alerts/acknowledge takes; an alert stands for the group it is told with.

    author: as in NewSilence.
    """

    fingerprints: Annotated[list[Fingerprint], Meta(max_length=100)] = []
    group_keys: Annotated[list[Fingerprint], Meta(max_length=100)] = []
    author: Author = ""


class AcknowledgeAnswer(Struct, frozen=True):
    """acknowledged: the keys of groups. not_open: what was asked for and has nothing to be seen."""

    acknowledged: list[str]
    not_open: list[str]


class ReloadAnswer(Struct, frozen=True, omit_defaults=True):
    """Whether the rule files were taken, and if not, why: a line for each mistake."""

    ok: bool
    error: str = ""


class Done(Struct, frozen=True):
    """It was done."""

    ok: Literal[True]
