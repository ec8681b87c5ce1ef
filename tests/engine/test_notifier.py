"""What the notifier does about alerts that go without having been resolved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from deskwatch.core.alert import Alert
from deskwatch.engine.alerting_settings import AlertingSettings
from deskwatch.engine.desk import EngineDesk
from deskwatch.engine.monitor import EngineFigures
from deskwatch.engine.notifier import Notifier
from deskwatch.engine.phone import PhoneDesk
from deskwatch.exposition.registry import Registry
from tests.engine.rig import Rig
from tests.notify.desk import alert

pytestmark = pytest.mark.anyio

LOSS = alert(account="A1")
OTHER = alert(account="A2")


def waiting(one: Alert) -> Alert:
    """Return it as pending: its rule's `for` is not over."""
    return replace(one, state="pending", fired_at=None)


@asynccontextmanager
async def notifier(rig: Rig) -> AsyncIterator[Notifier]:
    async with rig.running() as engine:
        desk = EngineDesk(engine, EngineFigures(engine), Registry())
        one = Notifier(
            rig.folder, AlertingSettings(rule_files=()), PhoneDesk(engine, desk), rig.clock
        )
        await one.open()
        try:
            yield one
        finally:
            await one.close()


async def told(people: Notifier) -> list[str]:
    """Return the accounts of which people were last told that something fires."""
    return [view.alert.labels["account"] for view in await people.dispatcher.alerts()]


async def test_an_alert_that_has_to_wait_again_ends_when_its_condition_does(rig: Rig) -> None:
    """As when a reload has made its `for` longer: the rules resolve nothing that is pending."""
    async with notifier(rig) as people:
        await people.tell([LOSS, OTHER])
        await people.tell([waiting(LOSS), OTHER])
        assert await told(people) == ["A1", "A2"]
        await people.tell([OTHER])
        assert await told(people) == ["A2"]


async def test_what_the_rules_have_forgotten_over_a_restart_ends(rig: Rig) -> None:
    async with notifier(rig) as people:
        await people.tell([LOSS, OTHER])
    async with notifier(rig) as people:
        await people.tell([OTHER])
        assert await told(people) == ["A2"]


async def test_what_waits_anew_after_a_restart_goes_on_until_it_no_longer_does(rig: Rig) -> None:
    async with notifier(rig) as people:
        await people.tell([LOSS, OTHER])
    async with notifier(rig) as people:
        await people.tell([waiting(LOSS), OTHER])
        assert await told(people) == ["A1", "A2"]
        await people.tell([OTHER])
        assert await told(people) == ["A2"]
