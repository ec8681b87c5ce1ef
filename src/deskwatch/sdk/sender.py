"""The background thread: takes entries off the outbox, and sees each batch settled, in order."""

import logging
import random
import signal
import threading
import time
from typing import Final, Literal

from deskwatch.sdk.credentials import Credentials
from deskwatch.sdk.encoding import MAX_LINE_BYTES, BadCall, encode
from deskwatch.sdk.ending import tell_overflow
from deskwatch.sdk.notices import Notices
from deskwatch.sdk.outbox import Barrier, Entry, Outbox
from deskwatch.sdk.receipt import is_own_error, read_receipt
from deskwatch.sdk.settings import Settings
from deskwatch.sdk.transport import Answer, Transport, Unreachable

#: The longest wait that a Retry-After can ask for.
_MAX_RETRY_AFTER_S: Final = 60.0
#: What is left of a long pause when somebody flushes or closes; so neither can hammer the engine.
_CUT_PAUSE_S: Final = 0.25
#: How long a batch may be full before a long linger_s ends for it.
_LOOK_EVERY_S: Final = 0.05
#: Entries encoded before the interpreter is offered to another thread: a thread of the program
#: that wakes meanwhile would otherwise wait for a whole batch, a few milliseconds.
_ENCODED_AT_ONCE: Final = 16

#: What an answer means for the batch.
Verdict = Literal["settled", "split", "later", "repair"]


def verdict(status: int) -> Verdict:
    """Return what to do with a batch that was answered with `status`.

    settled: the body is a receipt. split: too large, halves may fit. later: the engine is busy.
    repair: a token, a right, an address or a proxy is wrong, for what is wrong with the events
    themselves is said by a receipt; a person will put it right, and the events will still be facts
    then, so they are kept and tried slowly.
    """
    if status in {200, 422}:
        return "settled"
    if status == 413:  # noqa: PLR2004
        return "split"
    if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004
        return "later"
    return "repair"


def _survive_broken_pipes() -> None:
    """Have a write to a connection that was cut fail in this thread, and not end the program.

    SIGPIPE does where the program has set it back to its default, so as to end quietly in a pipe.
    """
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})


class Sender(threading.Thread):
    """Delivers one outbox. A daemon: it never keeps the program from ending."""

    def __init__(
        self,
        outbox: Outbox,
        transport: Transport,
        credentials: Credentials,
        *,
        source: str,
        settings: Settings,
    ) -> None:
        super().__init__(name="deskwatch-sdk", daemon=True)
        self._made_in = threading.get_native_id()
        self._outbox = outbox
        self._transport = transport
        self._credentials = credentials
        self._source = source
        self._settings = settings
        self._notices = Notices()
        self._uncounted = 0  # of the batch in hand, not in `sent` yet
        self._trouble = ""  # what keeps the engine from taking events now
        self._posted_once = False  # whether the part in hand was taken at the first attempt
        self._astray = 0  # answers since the last receipt that were somebody else's

    def run(self) -> None:
        """Deliver until the outbox is closed; or until somebody ends this thread, or greenlet."""
        outbox = self._outbox
        try:
            if threading.get_native_id() != self._made_in:  # else it is a greenlet in the program's
                _survive_broken_pipes()
            while not self._delivered_last():
                pass
            outbox.close()
            outbox.lose(outbox.in_hand)
            outbox.discard()
        except BaseException as end:  # noqa: BLE001  # what is said later needs a thread
            lost = outbox.in_hand
            outbox.lose(lost)
            lost += outbox.lose_sender()
            what = f"the sending thread was ended by {type(end).__name__}; events dropped: {lost}"
            self._notices.say(logging.ERROR, "ended", f"{what}; the next event starts another")
        finally:
            self._transport.close()

    def _delivered_last(self) -> bool:
        """See a batch settled; return whether it was the last. Our own bug costs that batch."""
        barrier = None
        try:
            lines, barrier = self._gather()
            self._deliver(lines)
            self._tell_drops()
        except Exception as bug:  # noqa: BLE001  # the events after these may do
            self._lose(self._outbox.in_hand, bug)
            self._transport.close()
        if barrier is None:
            return False  # the last one comes, also where the end is given up
        barrier.passed.set()
        return barrier.last

    # ---- gathering a batch

    def _gather(self) -> tuple[list[bytes], Barrier | None]:
        """Return the next lines to post, in order, and the barrier that ended them, if one did."""
        outbox, settings = self._outbox, self._settings
        item: Entry | Barrier | None = outbox.queue.take()
        outbox.in_hand = isinstance(item, Entry)
        if outbox.in_hand:
            self._linger()
        lines: list[bytes] = []
        size = taken = 0
        while isinstance(item, Entry):
            if line := self._line(item):
                lines.append(line)
                size += len(line)
            taken += 1
            if taken == settings.batch_events or size + MAX_LINE_BYTES > settings.batch_bytes:
                return lines, None
            if taken % _ENCODED_AT_ONCE == 0:
                time.sleep(0)
            item = self._next()
        return lines, item

    def _linger(self) -> None:
        """Wait for company of the entry in hand: for linger_s, or until somebody hurries.

        No longer than a batch, or the queue, takes to fill. That is looked for, as who hands an
        event in must ask for no lock.
        """
        outbox, settings = self._outbox, self._settings
        full = min(settings.batch_events, settings.max_queued)
        end = time.monotonic() + settings.linger_s
        while len(outbox.queue) < full and (left_s := end - time.monotonic()) > 0:
            if outbox.hurry.wait(min(left_s, _LOOK_EVERY_S)):
                outbox.hurry.clear()
                return

    def _next(self) -> Entry | Barrier | None:
        item = self._outbox.queue.take_now()
        self._outbox.in_hand += isinstance(item, Entry)
        return item

    def _line(self, entry: Entry) -> bytes:
        """Return the entry as a line, or nothing when it can't become an event: then it counts."""
        outbox = self._outbox
        sequence = outbox.number(entry)
        try:
            return encode(
                entry.kind,
                entry.fields,
                misuse=entry.misuse,
                event_time=entry.event_time,
                source=self._source,
                epoch=outbox.epoch,
                sequence=sequence,
            )
        except BadCall as bad:
            outbox.refuse(bad.reason)
            self._notices.say(
                logging.WARNING,
                f"{entry.kind} {bad.reason}",
                f"refused a call of {entry.kind}(): {bad.reason}: {bad}",
            )
            outbox.in_hand -= 1
        except Exception as bug:  # noqa: BLE001  # the other events of the batch may do
            self._lose(1, bug)
        return b""

    # ---- seeing it settled

    def _deliver(self, lines: list[bytes]) -> None:
        """Post the lines, as often and in as many parts as it takes."""
        self._uncounted = len(lines)
        parts = [lines] if lines else []
        while parts:
            part = parts.pop()
            answer = self._answer_for(part)
            if answer is None:
                self._outbox.lose(len(part))
            elif verdict(answer.status) == "split" and len(part) > 1:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]  # the older half goes next
            else:
                self._settle(part, answer)
                self._outbox.in_hand -= len(part)

    def _settle(self, part: list[bytes], answer: Answer) -> None:
        """Count what became of a part that is done with."""
        outbox = self._outbox
        settled = verdict(answer.status) == "settled"
        receipt = read_receipt(answer.body, part) if settled else None
        if receipt is None:
            outbox.refuse(f"http_{answer.status}", len(part))
            self._say_refused(f"HTTP {answer.status}", len(part))
            return
        for reason, count in receipt.refusals.items():
            outbox.refuse(reason, count)
            self._say_refused(reason, count, receipt.examples.get(reason, ""))
        if receipt.duplicates and self._posted_once:  # else it may be our own copies that it had
            message = f"events that the engine had already, by their ids: {receipt.duplicates}"
            self._notices.say(logging.WARNING, "duplicates", message)
        outbox.acknowledged += len(part) - receipt.refusals.total()

    def _say_refused(self, reason: str, count: int, example: str = "") -> None:
        first = f"; first: {example}" if example else ""
        message = f"events that the engine refused: {count} ({reason}){first}"
        self._notices.say(logging.WARNING, f"engine {reason}", message)

    def _answer_for(self, part: list[bytes]) -> Answer | None:
        """Return the answer that decides about a part; None when we were told to give up.

        The same bytes go out each time, so the engine knows by (epoch, sequence) what it has.
        """
        block = b"".join(part)
        attempt = 0
        while not self._outbox.abandoned:
            if attempt:
                self._outbox.retries += 1
            try:
                answer = self._attempt(block)
            except Unreachable as trouble:
                self._note_trouble(f"unreachable: {trouble}")
                longest_s = self._settings.longest_pause_s
                pause_s = 0.0 if trouble.stale else self._backoff_s(attempt, longest_s)
            else:
                decision = self._decision(answer, part)
                if decision not in {"later", "repair"}:
                    self._note_recovery()
                    self._posted_once = attempt == 0
                    self._astray = 0
                    return answer
                pause_s = self._pause_after(answer, decision, attempt)
            attempt += 1
            self._tell_drops()
            self._pause(pause_s)
        return None

    def _attempt(self, block: bytes) -> Answer:
        """Return the answer to one posting. Raises Unreachable."""
        outbox = self._outbox
        try:
            self._transport.open()
            outbox.sent += self._uncounted
            self._uncounted = 0
            answer = self._transport.post(block)
        except Unreachable:
            outbox.connected = False
            raise
        outbox.connected = True
        return answer

    def _decision(self, answer: Answer, part: list[bytes]) -> Verdict:
        decision = verdict(answer.status)
        if decision == "settled" and read_receipt(answer.body, part) is None:
            return "repair"  # something else answers there, and would swallow our events
        return decision

    def _pause_after(self, answer: Answer, decision: Verdict, attempt: int) -> float:
        """Return how long to wait before posting again, having noted why."""
        if decision == "later":
            self._note_trouble(f"HTTP {answer.status}")
            asked = min(answer.retry_after_s or 0.0, _MAX_RETRY_AFTER_S)
            return max(asked, self._backoff_s(attempt, self._settings.longest_pause_s))
        if self._credentials.reread():
            return 0.0  # the token was rotated: no need to wait for anybody
        why = f"HTTP {answer.status}"
        if verdict(answer.status) == "settled":
            why += " without a receipt for what was sent: not a deskwatch, or a proxy cut it?"
        if self._credentials.problem:
            why += f"; {self._credentials.problem}"
        self._note_trouble(f"{why}; the token, the address or a proxy has to be repaired")
        if is_own_error(answer.body):
            return self._settings.slow_pause_s
        # A proxy may merely have lost sight of an engine that restarts: that passes by itself.
        self._astray += 1
        return self._backoff_s(self._astray - 1, self._settings.slow_pause_s)

    def _backoff_s(self, attempt: int, longest_s: float) -> float:
        """Return the doubling pause after attempt 0, 1, …, the last half of it at random.

        Random, because the engine comes back to all its producers at once.
        """
        doubled = self._settings.first_pause_s * 2.0 ** min(attempt, 32)
        return min(doubled, longest_s) * random.uniform(0.5, 1.0)  # noqa: S311

    def _pause(self, pause_s: float) -> None:
        """Wait; a flush or a close cuts it short."""
        outbox = self._outbox
        if pause_s > _CUT_PAUSE_S and not outbox.closing:
            time.sleep(_CUT_PAUSE_S)
            outbox.hurry.wait(pause_s - _CUT_PAUSE_S)
            outbox.hurry.clear()
        else:
            time.sleep(min(pause_s, _CUT_PAUSE_S))

    # ---- telling

    def _lose(self, events: int, bug: Exception) -> None:
        """Count and log what a bug of ours costs."""
        self._outbox.lose(events)
        self._outbox.last_error = f"unexpected: {type(bug).__name__}"
        message = f"events dropped for an unexpected error: {events}"
        self._notices.say(logging.ERROR, self._outbox.last_error, message, bug)

    def _note_trouble(self, trouble: str) -> None:
        """Keep the trouble for the stats; log it when it is of another kind than before.

        What was a refused connection may by now be a certificate that has expired.
        """
        self._outbox.last_error = trouble
        topic = trouble.partition("(")[0]
        if topic != self._trouble:
            self._trouble = topic
            self._notices.say(logging.WARNING, topic, f"events wait for the engine: {trouble}")

    def _note_recovery(self) -> None:
        if self._trouble:
            self._trouble = ""
            self._notices.say(logging.INFO, "recovered", "the engine takes events again")

    def _tell_drops(self) -> None:
        """Log drops here, not where they happen: a log handler may block its caller.

        Those of a minute in which some were logged already are told after it, or by the close.
        """
        untold = self._outbox.overflowed != self._outbox.told_overflowed
        if untold and not self._outbox.closing and self._notices.may_say("dropped"):
            tell_overflow(self._outbox, self._notices)
