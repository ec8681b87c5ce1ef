"""Two paths, one alert: a real Prometheus and the engine tell one real Alertmanager.

Either is killed and started again while the other sees the alert; whoever watches Alertmanager is
told once that it fires and once that it is over.
"""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from deskwatch.notify.alertmanager import Alertmanager, AlertmanagerSettings
from deskwatch.notify.alertmanager_silences import AlertmanagerActions
from deskwatch.notify.matcher import Matcher
from deskwatch.notify.secret import Secret
from tests.exposition.prometheus_server import eventually
from tests.notify.desk import SECOND, alert, ended
from tests.notify.stack import generations, running

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not generations(), reason="no prometheus and alertmanager installed"),
]

#: Longer than anything that would run out: Prometheus' alerts after 4 s, ours after HOLD_S.
OUTLIVED_S = 6.0
HOLD_S = 4.0


@pytest.fixture(params=generations(), ids=lambda servers: servers.alertmanager)
def servers(request):
    return request.param


@asynccontextmanager
async def engine(stack, *alerts, **settings):
    """Run the engine's path: it knows what fires from the start, as after a restart."""
    url = Secret(f"http://127.0.0.1:{stack.alertmanager.port}")
    paces = {"refresh_s": 0.5, "hold_s": HOLD_S, **settings}
    ours = Alertmanager(
        AlertmanagerSettings(url=url, extra_labels={"cluster": "test"}, **paces), time.time_ns
    )
    ours.update(alerts)
    task = asyncio.create_task(ours.run())
    try:
        yield ours
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await ours.close()


class Book:
    """Who did what is of no concern here."""

    async def note_deed(self, *deed):
        pass


async def holds(ask, seconds: float) -> None:
    """Fail as soon as something no longer holds, for as long as servers need to forget."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert await ask()
        await asyncio.sleep(0.1)


async def test_each_path_is_killed_in_turn_and_the_alert_neither_ends_nor_flaps(servers, tmp_path):
    one = alert(account="A1", at=time.time_ns())
    async with running(servers, tmp_path, keep_firing_for="30s") as stack:

        async def is_one_alert() -> bool:
            return [a["labels"]["account"] for a in await stack.alerts()] == ["A1"]

        stack.figures["A1"] = 500
        async with engine(stack, one):
            await eventually(is_one_alert)
            await eventually(stack.prometheus_tells)
            await holds(is_one_alert, 2)
            (held,) = await stack.alerts()
            assert set(held["labels"]) == {"alertname", "severity", "account", "cluster"}
            await stack.prometheus.kill()
            await holds(is_one_alert, OUTLIVED_S)
            await stack.prometheus.start()
            await eventually(stack.prometheus_tells)
            await holds(is_one_alert, 2)
        # The engine is dead, and its page with it: what Prometheus scraped is gone, too.
        stack.page.status = 503
        await holds(is_one_alert, OUTLIVED_S)
        stack.page.status = 200
        async with engine(stack, one):
            await holds(is_one_alert, 2)
        assert stack.told() == [("firing", "A1")]


async def test_what_the_engine_ends_lives_until_prometheus_ends_it(servers, tmp_path):
    one = alert(account="A1", at=time.time_ns())
    async with running(servers, tmp_path, keep_firing_for="6s") as stack:

        async def is_held() -> bool:
            return bool(await stack.alerts())

        async def is_over() -> bool:
            return not await stack.alerts()

        stack.figures["A1"] = 500
        async with engine(stack, one) as ours:
            await eventually(stack.prometheus_tells)
            ours.update([ended(one, time.time_ns())])
            await holds(is_held, OUTLIVED_S)  # Prometheus still sees it
            stack.figures["A1"] = 0
            await eventually(is_over)
            await eventually(lambda: asyncio.sleep(0, ("resolved", "A1") in stack.told()))
        assert stack.told() == [("firing", "A1"), ("resolved", "A1")]


async def test_without_prometheus_the_engines_alert_is_told_at_once_and_runs_out(servers, tmp_path):
    one = alert(account="A1", at=time.time_ns())
    async with running(servers, tmp_path, keep_firing_for="1s") as stack:
        await stack.prometheus.kill()
        async with engine(stack) as ours:
            began = time.time_ns()
            ours.update([one])
            await eventually(lambda: asyncio.sleep(0, stack.told()))
            took = time.time_ns() - began
            ours.update([ended(one, time.time_ns())])
            await eventually(lambda: asyncio.sleep(0, len(stack.told()) == 2))
        assert stack.told() == [("firing", "A1"), ("resolved", "A1")]
        assert took < 5 * SECOND


async def test_what_prometheus_never_saw_is_over_soon(servers, tmp_path):
    one = alert(account="A1", at=time.time_ns())
    async with running(servers, tmp_path, keep_firing_for="1s") as stack:
        async with engine(stack, hold_s=120.0, brief_hold_s=HOLD_S) as ours:
            ours.update([one])
            await eventually(lambda: asyncio.sleep(0, stack.told()))
            ours.update([ended(one, time.time_ns())])
            await eventually(lambda: asyncio.sleep(0, len(stack.told()) == 2))
        assert stack.told() == [("firing", "A1"), ("resolved", "A1")]


async def test_an_alertmanager_that_was_killed_learns_again_and_tells_nobody_twice(
    servers, tmp_path
):
    one = alert(account="A1", at=time.time_ns())
    async with running(servers, tmp_path, keep_firing_for="1s") as stack:

        async def is_one_alert() -> bool:
            return [a["labels"]["account"] for a in await stack.alerts()] == ["A1"]

        def is_kept(file: str, text: bytes) -> bool:
            path = stack.alertmanager.folder / "data" / file
            return path.exists() and text in path.read_bytes()

        stack.figures["A1"] = 500
        async with engine(stack, one) as ours:
            await eventually(is_one_alert)
            await eventually(lambda: asyncio.sleep(0, stack.told()))
            actions = AlertmanagerActions(Book(), ours)
            other = [Matcher("account", "=", "A2")]
            await actions.silence(other, author="ada", reason="test", duration_ns=3600 * SECOND)
            # Whom it told, and silences, are on disk each --data.maintenance-interval.
            await eventually(lambda: asyncio.sleep(0, is_kept("nflog", b"hook")))
            await eventually(lambda: asyncio.sleep(0, is_kept("silences", b"A2")))
            await stack.alertmanager.kill()
            await eventually(lambda: asyncio.sleep(0, ours.trouble))
            await stack.alertmanager.start()
            await eventually(is_one_alert)
            await holds(is_one_alert, 3)
            assert ours.trouble is None
            assert stack.told() == [("firing", "A1")]
            assert [one.matchers for one in await actions.silences()] == ['account="A2"']
            stack.figures.clear()
            ours.update([ended(one, time.time_ns())])
            await eventually(lambda: asyncio.sleep(0, len(stack.told()) == 2))
        assert stack.told() == [("firing", "A1"), ("resolved", "A1")]


async def test_silences_are_made_and_read_in_a_real_alertmanager(servers, tmp_path):
    one = alert(account="A1", at=time.time_ns())
    async with running(servers, tmp_path, keep_firing_for="1s") as stack, engine(stack) as ours:
        actions = AlertmanagerActions(Book(), ours)
        matchers = [Matcher("account", "=~", "A.*"), Matcher("venue", "!=", "x")]
        made = await actions.silence(
            matchers, author="ada", reason="test", duration_ns=3600 * SECOND
        )
        await eventually(actions.silences)
        (shown,) = await actions.silences()
        assert (shown.id, shown.matchers) == (made.id, 'account=~"A.*", venue!="x"')
        ours.update([one])

        async def is_quiet() -> bool:
            return [a["status"]["state"] for a in await stack.alerts()] == ["suppressed"]

        await eventually(is_quiet)
        assert stack.told() == []
        assert await actions.expire_silence(made.id, "ada")
        await eventually(lambda: asyncio.sleep(0, stack.told()))
        assert await actions.silences() == []
