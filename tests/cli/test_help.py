"""What needs neither an engine nor a configuration."""

import json
import subprocess
import sys

import pytest

import deskwatch as package
from deskwatch.core.codec import KINDS
from tests.cli.process import environment

COMMANDS = [
    ["run"], ["demo"], ["status"], ["pnl"], ["positions"], ["risk"], ["var"], ["anomalies"], ["replay"], ["check"], ["schema"], ["breakers"], ["reconcile"], ["feeds"], ["logs"],
    ["alerts"], ["acknowledge"], ["silence", "list"], ["silence", "add"], ["silence", "expire"],
    ["drills", "run"], ["drills", "serve"], ["drills", "show"], ["rules", "check"], ["import", "freqtrade"], ["journal", "verify"], ["journal", "cat"], ["journal", "compact"], ["journal", "leave-out"],
    ["journal", "backup"], ["journal", "restore"], ["render", "kubernetes"], ["stack", "prepare"], ["execution"], ["orders"], ["latency"], ["health"],
]  # fmt: skip

#: What takes long to import; `--help` must wait for none of it.
HEAVY = {
    "asyncio", "httpx", "msgspec", "numpy", "orjson", "pydantic", "sqlite3", "starlette", "structlog",
    "uvicorn", "uvloop", "zstandard",
}  # fmt: skip


def test_the_version_is_the_packages(deskwatch):
    assert deskwatch("--version").stdout == f"deskwatch {package.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does(deskwatch, command):
    page = deskwatch(*command, "--help").stdout
    said = [line.strip() for line in page.splitlines() if line.strip()]
    assert said[0].startswith(f"Usage: deskwatch {' '.join(command)}")
    assert said[1][0].isupper()
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_argument_is_bracketed_once(deskwatch, command):
    page = deskwatch(*command, "--help").stdout
    assert not [mark for mark in ("[[", "{{", "...}", "...]") if mark in page]


def test_help_lists_every_command_and_not_what_the_demo_starts(deskwatch):
    page = deskwatch("--help").stdout
    for command in COMMANDS:
        assert f" {command[0]} " in page
    assert "demo-desk" not in page
    summaries = page.partition("Commands:")[2].splitlines()
    assert max(map(len, summaries)) <= 76, "it would be cut at the edge of 80 columns"
    assert not any(line.endswith("...") for line in summaries)


def test_help_waits_for_no_heavy_import():
    code = "import sys, deskwatch.cli; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=True, text=True
    )
    assert not HEAVY & set(found.stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [["frobnicate"], ["run", "--fast"], ["replay"], ["pnl", "--hourly", "--daily"]],
    ids=" ".join,
)
def test_misuse_exits_with_2_and_says_so_on_stderr(deskwatch, arguments):
    result = deskwatch(*arguments, status=2)
    assert result.stdout == ""
    assert result.stderr


@pytest.mark.parametrize("group", [[], ["journal"], ["import"], ["silence"], ["rules"], ["render"]])
def test_a_command_that_is_left_out_is_offered(deskwatch, group):
    assert "Commands" in deskwatch(*group, status=2).output


def test_the_module_runs_as_the_command_does():
    found = subprocess.run(
        [sys.executable, "-m", "deskwatch", "--version"],
        env=environment(), capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert found.stdout == f"deskwatch {package.__version__}\n"


def test_the_schema_names_every_kind(deskwatch):
    schema = json.loads(deskwatch("schema").stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    tags = {one["properties"]["kind"]["enum"][0] for one in schema["$defs"].values()}
    assert tags == set(KINDS)
