"""A simulated desk with an hour behind it, so that no chart is still filling: `FOLDER`.

Writes the hour into FOLDER/data and says so by a line. A port comes as a line of standard input: at
the deskwatch there it goes on in real time, until that input ends.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from deskwatch import sdk
from deskwatch.core.period import SECOND
from deskwatch.demo.runner import LiveDesk, play
from deskwatch.demo.simulate import SOURCE
from tests.serving import serving

SEED = 7
PAST_S = 3600


class Seasoned:
    """The desk: what happens is a line first, and an event of the SDK once it is connected."""

    def __init__(self) -> None:
        self.now = time.time_ns() - PAST_S * SECOND
        self.lines: list[bytes] = []
        self._client: sdk.Client | None = None
        self.live = LiveDesk(self._send, SEED, 1.0, self._clock, bad_events=False)

    def _clock(self) -> int:
        return self.now if self._client is None else time.time_ns()

    def _send(self, kind: str, fields: Mapping[str, object]) -> None:
        if self._client is None:
            self.lines.append(msgspec.json.encode({"kind": kind, **fields}))
        else:
            getattr(self._client, kind)(**fields)

    async def season(self, folder: Path) -> None:
        """Let the hour pass at a deskwatch in this process."""
        async with serving(folder) as served:
            for _ in range(PAST_S):
                self.now += SECOND
                self.live.step()
                served.clock.now = self.now
                answer = await served.post(b"\n".join(self.lines))
                answer.raise_for_status()
                self.lines.clear()
                await served.app.engine.tick()

    def go_on(self, url: str) -> None:
        """Trade in real time, until standard input ends."""
        ended = threading.Event()

        def wait() -> None:
            sys.stdin.read()
            ended.set()

        threading.Thread(target=wait, daemon=True).start()
        with sdk.connect(url, source=SOURCE) as self._client:
            play(self.live, ended)


def main() -> None:
    desk = Seasoned()
    asyncio.run(desk.season(Path(sys.argv[1])))
    print("an hour has passed", flush=True)
    desk.go_on(f"http://127.0.0.1:{int(sys.stdin.readline())}")


if __name__ == "__main__":
    main()
