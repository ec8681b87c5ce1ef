"""Whatever can be booked can be shown, and is there again after a restart."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from deskwatch.web.openapi.operations import OPERATIONS
from tests.core.any_event import INSTRUMENTS, Happening, happenings
from tests.serving import Served, serving

#: All but the stream, which has no end, and logs, which a thread of their own has to read first.
ANSWERS = [
    one.path
    for one in OPERATIONS
    if one.method == "get"
    and one.status == 200
    and one.path[-1] != "}"
    and "/logs" not in one.path
    and "stream" not in one.path
]


async def shown(served: Served) -> None:
    for path in ANSWERS:
        answer = await served.client.get(path)
        assert answer.status_code == 200, (path, answer.text)


async def live_through(folder: Path, happened: Sequence[Happening]) -> None:
    async with serving(folder) as served:
        described = [msgspec.json.encode(one) for one in INSTRUMENTS]
        assert (await served.post(b"\n".join(described))).json()["accepted"] == len(described)
        for pause, delay, fields in happened:
            served.clock.forward(pause)
            happens = {"event_time": served.clock.now - delay}
            await served.post(msgspec.json.encode(fields | happens))
        await shown(served)
        now = served.clock.now
    async with serving(folder, begin=now) as served:
        await shown(served)


# An example is a whole engine: one that fails is long, and told sooner as it is.
@settings(max_examples=6, phases=[Phase.explicit, Phase.generate])
@given(st.lists(happenings(), min_size=40, max_size=80))
def test_whatever_is_booked_can_be_shown(happened):
    with TemporaryDirectory() as folder:
        asyncio.run(live_through(Path(folder), happened))
