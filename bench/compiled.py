"""A copy of the package whose books are compiled as its wheel compiles them."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.turns import ROOT, SOURCE


@contextlib.contextmanager
def compiled() -> Iterator[Path | None]:
    """Yield where the compiled package is; None, having said why, where it can't be made."""
    with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as folder:
        source = Path(folder) / "src"
        shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "prometheus", Path(folder) / "prometheus")  # its rules
        done = subprocess.run(
            [sys.executable, str(ROOT / "hatch_build.py")],
            cwd=source,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            print(f"not compiled: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            yield None
            return
        yield source
