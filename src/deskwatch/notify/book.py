"""The alert book: which alerts are told, together with which, when, and how often."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from deskwatch.core.alert import Alert
from deskwatch.core.notification import PAGE, Kind, Notification
from deskwatch.core.wording import setting
from deskwatch.notify import grouping
from deskwatch.notify.cadence import Cadence
from deskwatch.notify.grouping import GivenGroup
from deskwatch.notify.hearsay import Hearsay
from deskwatch.notify.history import History
from deskwatch.notify.inhibition import Inhibitors
from deskwatch.notify.matcher import Matcher, all_match
from deskwatch.notify.said import Said
from deskwatch.notify.settings import BookSettings
from deskwatch.notify.silence import Silence, Silences, written
from deskwatch.notify.store import Store
from deskwatch.notify.tracked import Acknowledgement, AlertView, Group, Shelf, Tracked

_SEQUENCE = "notification"

#: The alert that says that others found no room.
_OVERFLOWED = "AlertsOverflowed"


class AlertBook:
    """Takes alerts, gives notifications. All of its state is in the store and survives a restart.

    Call it inside a transaction of the store; after one that failed, call `load`. Times are ns UTC
    of a clock that doesn't step. overflowed: alerts that were not taken for want of room.
    """

    def __init__(self, settings: BookSettings, store: Store) -> None:
        self.overflowed = 0
        self.history = History(store, settings.max_history)
        self._settings = settings
        self._store = store
        self._shelf = Shelf(store)
        self._cadence = Cadence(settings)
        self._silences = Silences(store, settings.max_silences)
        self._inhibitors = Inhibitors(settings.inhibitions)
        self._now = 0
        self._hearsay = Hearsay()
        self._dirty: set[str] = set()
        self._said = Said()
        self.load()

    def load(self) -> None:
        """Take over what the store has. Every group is looked at again."""
        self._shelf.load()
        self._hearsay.begin(self._shelf.alerts.values(), self._now)
        self._silences.load()
        self._inhibitors = Inhibitors(self._settings.inhibitions)
        self._look_again = True
        self._dirty = set(self._shelf.groups)

    # What fires and what ends

    def update(self, alerts: Iterable[Alert], now_ns: int) -> None:
        """Take alerts as they stand; those not named stay as they were. Pending ones are passed by.

        An alert that is known to be over and comes as resolved again changes nothing.
        """
        now = self._advance(now_ns)
        for alert in alerts:
            if alert.state == "pending" or all_match(self._settings.ignored, alert.labels):
                continue
            self._take(alert, now, None)
        self._shelf.save()

    def take(self, given: GivenGroup, alerts: Iterable[Alert], now_ns: int) -> None:
        """Take a group as Alertmanager tells of it. What is known of it already changes nothing.

        Where all of it is, and the time has come for it, it is told as a repeat.
        """
        now = self._advance(now_ns)
        taken = list(alerts)
        for alert in taken:
            if not all_match(self._settings.ignored, alert.labels):
                self._take(alert, now, given)
        firing = {alert.fingerprint for alert in taken if alert.state == "firing"}
        known = self._shelf.alerts.keys() & firing
        self._said.take(firing, {self._shelf.alerts[one].group for one in known}, given.note)
        self._shelf.save()

    def mute(self, fingerprints: frozenset[str]) -> None:
        """Take which alerts Alertmanager keeps quiet: they are not escalated."""
        self._said.muted = fingerprints

    def _take(self, alert: Alert, now: int, given: GivenGroup | None) -> None:
        self._hearsay.hear(alert)
        known = self._shelf.alerts.get(alert.fingerprint)
        # Alertmanager's startsAt and the engine's own may differ: one alert that began once.
        began_anew = given is None and known is not None and known.alert.fired_at != alert.fired_at
        if known is None:
            if alert.state == "firing" and self._has_room(alert):
                self._open(alert, now, given)
        elif alert.state == "resolved":
            if known.alert.state == "firing":
                self._end(known, alert, now)
        elif known.alert.state == "resolved" or began_anew:
            self._fire(known, alert, now)
        else:
            # The newest value and texts are told next time; only changes of state are written.
            known.alert = alert

    def retain(self, firing: frozenset[str], now_ns: int) -> None:
        """End every rule's alert that fires and isn't among these fingerprints."""
        now = self._advance(now_ns)
        for known in list(self._shelf.alerts.values()):
            ours = known.alert.generator == grouping.OWN_GENERATOR
            if known.alert.state == "firing" and not ours and known.alert.fingerprint not in firing:
                self._end(known, known.alert, now)
        self._shelf.save()

    def _has_room(self, alert: Alert) -> bool:
        most = self._settings.max_alerts
        if grouping.severity(alert.labels) == PAGE:
            most *= 2  # the second half of the room is for pages
            most += alert.name == _OVERFLOWED  # and one place for the page that there is none left
        if len(self._shelf.alerts) < most:
            return True
        self.overflowed += 1
        return False

    def _open(self, alert: Alert, now: int, given: GivenGroup | None) -> None:
        settings = self._settings
        one = given or grouping.own_group(
            alert.labels, settings.group_by, simulated=settings.simulated
        )
        if one.key not in self._shelf.groups:
            self._shelf.put_group(Group(key=one.key, labels=one.labels, paged=one.paged, due_at=0))
        self._fire(Tracked(alert=alert, group=one.key, changed_at=now), alert, now)

    def _fire(self, known: Tracked, alert: Alert, now: int) -> None:
        settings = self._settings
        known.alert, known.changed_at = alert, now
        known.anew = known.told and self._inhibitors.inhibits(alert.labels)
        recent = [at for at in known.fires if at > now - settings.flap_window]
        known.fires = [*recent, now][-settings.flap_count - 1 :]
        known.flapping = known.flapping or len(known.fires) > settings.flap_count
        self._shelf.put(known)
        self.history.fired(alert, known.group, alert.fired_at or now)
        self._touch(known, now)

    def _end(self, known: Tracked, alert: Alert, now: int) -> None:
        self._hearsay.hear(alert)
        ended = alert.resolved_at or now
        known.alert = _resolved(alert, ended)
        known.changed_at = now
        self._shelf.put(known)
        self.history.resolved(alert.fingerprint, ended)
        self._touch(known, now)

    def _touch(self, known: Tracked, now: int) -> None:
        group = self._shelf.groups[known.group]
        if group.key not in self._dirty and group.told_at is None:
            self._cadence.begin(group, now)
            self._shelf.put_group(group)
        self._dirty.add(group.key)
        self._look_again = True

    # What is told

    def tick(self, now_ns: int) -> list[Notification]:
        """Return what is to be told now, pages first, then in the order in which alerts fired."""
        now = self._advance(now_ns)
        for silence in self._silences.expire_old(now):
            self.history.add_deed(now, silence.author, "silence ended", str(silence.id))
            self._dirty.update(self._shelf.groups)
        self._settle(now)
        if self._look_again:
            self._look_again = False
            firing = (t.alert.labels for t in self._shelf.alerts.values() if t.firing)
            if self._inhibitors.update(firing):
                self._dirty.update(self._shelf.groups)
        due = [group for group in self._shelf.groups.values() if self._is_due(group, now)]
        due.sort(key=lambda group: (not group.paged, self._fired_at(group)))
        told = [one for group in due for one in self._tell(group, now)]
        self._said.done()
        self._shelf.save()
        return told

    def _fired_at(self, group: Group) -> int:
        return min(t.alert.fired_at or t.alert.active_at for t in self._shelf.of(group))

    def _settle(self, now: int) -> None:
        """Let flapping alerts that keep still be, and forget those that are over and told so."""
        still = now - self._settings.flap_window
        for known in list(self._shelf.alerts.values()):
            if known.changed_at > still:
                continue
            if known.flapping:
                known.flapping = known.flapping_told = False
                known.fires = []
                self._shelf.put(known)
                self._touch(known, now)
            elif known.alert.state == "resolved" and not known.told:
                self._shelf.drop(known)
                if known.group not in self._shelf.groups:
                    self._dirty.discard(known.group)

    def _is_due(self, group: Group, now: int) -> bool:
        if group.key in self._dirty:
            return now >= group.due_at
        if group.told_at is None or group.acknowledged is not None:
            return False
        return self._may_repeat(group, now) or self._cadence.next_receiver(group, now) is not None

    def _may_repeat(self, group: Group, now: int) -> bool:
        asked = group.key in self._said.again  # Alertmanager has just said how it stands
        if not asked and self._hearsay.may_be_heard(self._shelf.of(group), now):
            return False
        return self._cadence.may_repeat(group, now, asked=asked)

    def _tell(self, group: Group, now: int) -> list[Notification]:
        self._dirty.discard(group.key)
        members = list(self._shelf.of(group))
        live = [t for t in members if t.firing and not self._is_muted(t.alert)]
        # The end of the milder of two alerts would read as if all was well while the worse fires.
        ended = [
            t
            for t in members
            if not t.firing and t.told and not self._inhibitors.inhibits(t.alert.labels)
        ]
        fresh = [t for t in live if t.anew or not t.told]
        kind = self._kind(group, live, ended, fresh, now)
        told = []
        if kind is not None:
            told.append(self._notify(group, kind, live, ended, now))
            self._mark_told(group, kind, live, ended, now)
            self.history.asked([t.alert.fingerprint for t in fresh], now)
        receiver = self._cadence.next_receiver(group, now) if live else None
        if receiver is not None:
            waited = setting(self._cadence.unacknowledged(group))
            note = f"Nobody has acknowledged this for {waited}."
            told.append(self._notify(group, "escalated", live, [], now, receiver, [note]))
            group.escalated += 1
            self._shelf.put_group(group)
        return told

    def _kind(
        self,
        group: Group,
        live: Sequence[Tracked],
        ended: Sequence[Tracked],
        fresh: Sequence[Tracked],
        now: int,
    ) -> Kind | None:
        """Return why the group is told now, or None if there is nothing to say."""
        kind: Kind | None = None
        if any(t.flapping and not t.flapping_told for t in live):
            kind = "flapping"
        elif fresh:
            kind = "new" if group.told_at is None else "changed"
        elif ended:
            kind = (
                "eased" if any(t.firing and t.told for t in self._shelf.of(group)) else "resolved"
            )
        elif live and self._may_repeat(group, now):
            kind = "repeat"
        return kind

    def _notify(
        self,
        group: Group,
        kind: Kind,
        live: Sequence[Tracked],
        ended: Sequence[Tracked],
        now: int,
        receiver: str | None = None,
        notes: Sequence[str] = (),
    ) -> Notification:
        sequence = self._store.mark(_SEQUENCE) + 1
        self._store.set_mark(_SEQUENCE, sequence)
        if any(t.flapping for t in live):
            still = setting(self._settings.flap_window)
            notes = [*notes, f"It comes and goes: held until it keeps still for {still}."]
        if kind in ("repeat", "escalated") and self._hearsay.has_any(live):
            notes = [*notes, "Its figures are from before deskwatch was started."]
        if group.key in self._said.notes:
            notes = [*notes, self._said.notes[group.key]]
        if group.acknowledged is not None and kind != "resolved":
            notes = [*notes, f"Acknowledged by {group.acknowledged.actor}."]
        return grouping.notification(
            [t.shown() for t in (*live, *ended)],
            key=group.key,
            labels=group.labels,
            kind=kind,
            receiver=receiver or self._settings.receivers[0],
            sequence=sequence,
            now_ns=now,
            notes=notes,
        )

    def _mark_told(
        self, group: Group, kind: Kind, live: list[Tracked], ended: list[Tracked], now: int
    ) -> None:
        for known in (*live, *ended):
            told, flapping_told = known.firing, known.flapping
            if known.anew or (known.told, known.flapping_told) != (told, flapping_told):
                known.told, known.anew, known.flapping_told = told, False, flapping_told
                self._shelf.put(known)
        self._cadence.told(group, kind, now)
        self._shelf.put_group(group)

    def _is_muted(self, alert: Alert) -> bool:
        if self._settings.relayed:
            return alert.fingerprint in self._said.muted
        return self._inhibitors.inhibits(alert.labels) or (
            self._silences.covering(alert.labels) is not None
        )

    # What people do

    def acknowledge(self, group_key: str, actor: str, now_ns: int) -> Acknowledgement | None:
        """Note that someone has seen a group; it is then not repeated and not escalated.

        Returns who was the first, or None where there is nothing open to acknowledge. A new alert
        in the group asks again.
        """
        group = self._shelf.groups.get(group_key)
        if group is None or group.told_at is None:
            return None
        now = self._advance(now_ns)
        if group.acknowledged is None:
            group.acknowledged = Acknowledgement(actor, now)
            self._shelf.put_group(group)
            name = group.labels.get("alertname", "")
            self.history.add_deed(now, actor, "acknowledge", f"{name} {group_key}".strip())
        self._shelf.save()
        return group.acknowledged

    def silence(
        self, matchers: list[Matcher], *, author: str, reason: str, now_ns: int, duration: int
    ) -> Silence:
        """Keep alerts that match quiet for a while. Raises CannotSilence."""
        now = self._advance(now_ns)
        until = now + duration
        silence = self._silences.create(
            matchers, author=author, reason=reason, now_ns=now, until=until
        )
        what = f"{silence.id}: {written(matchers)} ({reason})"
        self.history.add_deed(now, author, "silence", what)
        self._dirty.update(self._shelf.groups)
        return silence

    def expire_silence(self, number: int, actor: str, now_ns: int) -> bool:
        """End a silence; return whether there was one."""
        if self._silences.expire(number) is None:
            return False
        self.history.add_deed(self._advance(now_ns), actor, "expire silence", str(number))
        self._dirty.update(self._shelf.groups)
        return True

    def silences(self) -> list[Silence]:
        """Return the active silences, oldest first."""
        return self._silences.active()

    def alerts(self) -> list[AlertView]:
        """Return what fires, worst first."""
        shown = {f: t for f, t in self._shelf.alerts.items() if t.firing}
        ordered = grouping.worst_first(t.shown() for t in shown.values())
        return [self._view(shown[alert.fingerprint]) for alert in ordered]

    def firing(self) -> dict[str, str]:
        """Return the severity of what fires, by fingerprint."""
        alerts = self._shelf.alerts.items()
        return {key: grouping.severity(one.alert.labels) for key, one in alerts if one.firing}

    def _view(self, known: Tracked) -> AlertView:
        relayed = self._settings.relayed
        silence = None if relayed else self._silences.covering(known.alert.labels)
        return AlertView(
            alert=known.shown(),
            group_key=known.group,
            flapping=known.flapping,
            told=known.told,
            inhibited=self._inhibitors.inhibits(known.alert.labels),
            silence=None if silence is None else silence.id,
            acknowledged=self._shelf.groups[known.group].acknowledged,
        )

    def _advance(self, now_ns: int) -> int:
        """Return the time, which never goes back here."""
        if not self._now:
            # The machine's clock may have been set back while we were away.
            self._shelf.clamp(now_ns, self._settings.group_interval)
            self._hearsay.since = now_ns
        self._now = max(self._now, now_ns)
        return self._now


def _resolved(alert: Alert, at: int) -> Alert:
    if alert.state == "resolved" and alert.resolved_at is not None:
        return alert
    return replace(alert, state="resolved", resolved_at=at)
