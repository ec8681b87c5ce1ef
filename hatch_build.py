"""Compiles the books with mypyc when a wheel is built; without a compiler the wheel is pure Python.

The pure and the compiled books are one source and give the same figures. DESKWATCH_PURE=1 asks for
a pure wheel.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What every fill and order goes through. Modules that define msgspec structs stay interpreted.
COMPILED = (
    "blotter",
    "booking",
    "books",
    "closing",
    "duplicate",
    "flows",
    "fx",
    "instrument",
    "instruments",
    "line",
    "markout",
    "money",
    "orders",
    "period",
    "position",
    "rejection",
    "replay",
    "roster",
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


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the compiled modules to a wheel, where they can be made."""

    def dependencies(self) -> list[str]:
        """Return what compiling needs; nothing where it can't be done."""
        return ["mypy>=1.18", "setuptools>=77", "msgspec>=0.20"] if can_compile() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into a folder of its own and tell the wheel of what came out."""
        if version == "editable" or not can_compile():
            return
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


def compile_here() -> None:
    """Compile the modules below the working directory, beside their sources."""
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext

    paths = [f"deskwatch/core/{name}.py" for name in COMPILED]
    extensions = mypycify(["--ignore-missing-imports", *paths], opt_level="3")
    distribution = Distribution({"name": "deskwatch", "ext_modules": extensions})
    command = build_ext(distribution)
    command.inplace = True
    command.ensure_finalized()
    command.run()


if __name__ == "__main__":
    compile_here()
