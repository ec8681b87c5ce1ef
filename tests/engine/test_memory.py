"""What is left of a limit on memory, in both versions of the kernel's control groups."""

from pathlib import Path

import pytest

from deskwatch.engine.host import Host
from deskwatch.engine.memory import left_of_limits

MACHINE = 1000


class Kernel:
    """What the kernel shows: our own group, and the memory of groups."""

    def __init__(self, folder: Path) -> None:
        self.groups = folder / "cgroup"
        self.ours = folder / "ours"

    def first(self, path: str, limit: int, usage: int, cached: int = 0) -> None:
        """Show a group of version 1."""
        files = {"memory.limit_in_bytes": f"{limit}\n", "memory.usage_in_bytes": f"{usage}\n"}
        files["memory.stat"] = f"cache 7\ntotal_inactive_file {cached}\ntotal_active_file 1\n"
        self._show(self.groups / "memory" / path, files)

    def second(self, path: str, limit: str, usage: int, cached: int = 0) -> None:
        """Show a group of version 2."""
        files = {"memory.max": f"{limit}\n", "memory.current": f"{usage}\n"}
        files["memory.stat"] = f"anon 7\ninactive_file {cached}\nactive_file 1\n"
        self._show(self.groups / path, files)

    def _show(self, folder: Path, files: dict[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text)

    def left(self) -> float | None:
        return left_of_limits(MACHINE, self.groups, self.ours)


@pytest.fixture
def kernel(tmp_path):
    return Kernel(tmp_path)


def test_a_container_has_what_its_limit_leaves(kernel):
    kernel.ours.write_text("0::/\n")
    kernel.second("", "200", 190, cached=30)
    assert kernel.left() == pytest.approx(41 / 200)


def test_a_service_has_what_the_tightest_of_its_groups_leaves(kernel):
    kernel.ours.write_text("0::/user.slice/deskwatch.service\n")
    kernel.second("user.slice/deskwatch.service", "max", 90)
    kernel.second("user.slice", "100", 91)
    assert kernel.left() == pytest.approx(0.1)


def test_the_first_version_is_read_beside_its_other_controllers(kernel):
    kernel.ours.write_text("5:devices:/desk\n4:memory:/desk\n1:cpu:/\n0::/\n")
    kernel.first("desk", 100, 61)
    kernel.first("", 2**63 - 4096, 900)
    assert kernel.left() == pytest.approx(0.4)


def test_a_container_that_is_shown_as_the_root_is_read_there(kernel):
    kernel.ours.write_text("4:memory:/docker/4711\n")
    kernel.first("", 100, 61)
    assert kernel.left() == pytest.approx(0.4)


@pytest.mark.parametrize("limit", ["max", str(MACHINE)])
def test_no_limit_leaves_what_the_machine_has(kernel, limit):
    kernel.ours.write_text("0::/\n")
    kernel.second("", limit, 10)
    assert kernel.left() is None


def test_a_system_without_groups_has_no_limit(kernel):
    assert kernel.left() is None


def test_the_host_tells_the_less_of_the_two(tmp_path, monkeypatch):
    monkeypatch.setattr("deskwatch.engine.host.left_of_limits", lambda _total: 0.01)
    assert Host(tmp_path).memory_available_ratio == 0.01
