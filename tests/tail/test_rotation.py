"""Which file is read, where what is there is no file."""

import os
from contextlib import closing

import pytest

from deskwatch.tail.open_file import OpenFile, Position
from deskwatch.tail.rotation import Rotation


@pytest.fixture
def pipe(tmp_path):
    """A named pipe that somebody holds open: else to open it without our flags would never end."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    yield path
    os.close(held)


def test_a_named_pipe_is_not_waited_for(pipe):
    with pytest.raises(OSError, match="no regular file"):
        OpenFile(pipe)


def test_a_pipe_that_has_the_inode_of_what_was_read_is_passed_over(pipe, tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"a\n")
    status = pipe.stat()
    known = Position(status.st_dev, status.st_ino, 0, 0, "")
    begun = Rotation(log, start_at_end=False, max_line_bytes=100).begin(known)
    assert begun is not None
    with closing(begun):
        assert begun.read(100) == b"a\n"
