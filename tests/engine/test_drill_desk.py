"""Drills that are run from the page: one run at a time, and what is said where they can't be."""

import signal
import sys

import pytest

from deskwatch.engine import drill_desk
from deskwatch.engine.drill_desk import EngineDrillDesk
from deskwatch.web.desks.drills import DrillsUnavailable

NOW = 1_790_000_000_000_000_000

pytestmark = pytest.mark.anyio


def running(program: str, *, drills: tuple[str, ...] = ("breaker",)) -> EngineDrillDesk:
    return EngineDrillDesk(lambda: [sys.executable, "-c", program], drills, lambda: NOW)


@pytest.mark.parametrize(
    ("program", "trouble"),
    [
        pytest.param("", "", id="all passed"),
        pytest.param("raise SystemExit(1)", "", id="one failed, which the drill itself reports"),
        pytest.param(
            "raise SystemExit(2)", "exit 2", id="none was run, and nothing was said of it"
        ),
        pytest.param(
            "import sys; print('a', file=sys.stderr); print('no way', file=sys.stderr); sys.exit(3)",
            "no way",
            id="none was run, and why",
        ),
    ],
)
async def test_a_run_ends_with_what_it_could_not_tell(program, trouble):
    desk = running(program)
    await desk.run()
    assert desk.standing().since == NOW
    assert desk._run is not None
    await desk._run
    assert not desk.standing().running
    assert desk.standing().trouble == trouble


async def test_one_run_at_a_time_and_none_is_left_behind():
    desk = running("import time; time.sleep(600)")
    await desk.run()
    with pytest.raises(DrillsUnavailable, match="running") as refused:
        await desk.run()
    assert refused.value.busy
    await desk.close()
    assert not desk.standing().running


async def test_a_run_that_takes_too_long_is_asked_to_put_things_back_before_it_ends(monkeypatch):
    monkeypatch.setattr(drill_desk, "LONGEST_S", 0.0)
    # No Python: one that is interrupted while it starts ends otherwise.
    desk = EngineDrillDesk(lambda: ["sleep", "600"], ["breaker"], lambda: NOW)
    await desk.run()
    assert desk._run is not None
    assert desk._process is not None
    await desk._run
    assert desk._process.returncode == -signal.SIGINT
    assert desk.standing().trouble == "the drills had not ended after 0 s"


async def test_what_is_not_set_up_is_not_run():
    desk = running("", drills=())
    with pytest.raises(DrillsUnavailable, match=r"drill\.NAME\.account") as refused:
        await desk.run()
    assert not refused.value.busy
    gone = EngineDrillDesk(lambda: ["/no/such/program"], ["breaker"], lambda: NOW)
    with pytest.raises(DrillsUnavailable, match="can't be started"):
        await gone.run()
    assert not gone.standing().running
