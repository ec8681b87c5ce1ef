"""What a snapshot took goes back to a machine that has little memory."""

import subprocess
import sys

import pytest

MIB = 1 << 20

#: After one large block another one, a small block behind it, and only the small one stays.
KEEPS = f"""
import psutil
from deskwatch.cli.run.freed_memory import give_back_large_blocks
{{first}}
resident = psutil.Process().memory_info().rss
block = b"x" * {24 * MIB}
del block
block = b"x" * {24 * MIB}
small = [b"x" * 600 for _ in range(1000)]
del block
print(psutil.Process().memory_info().rss - resident)
"""


def kept(first: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", KEEPS.format(first=first)],
        check=True,
        stdout=subprocess.PIPE,
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone keeps them")
def test_large_blocks_that_are_freed_are_the_systems_again():
    assert kept("give_back_large_blocks()") < 4 * MIB
