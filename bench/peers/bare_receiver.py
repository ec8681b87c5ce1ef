"""The least that keeps lines: write, fdatasync, answer. `python -m … PORT FILE`."""

import asyncio
import os
import sys
from typing import cast

import uvloop


class Receiver(asyncio.Protocol):
    def __init__(self, file: int) -> None:
        self._file = file
        self._lines = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        os.write(self._file, data)
        os.fdatasync(self._file)
        self._transport.write(b'{"accepted":%d}\n' % data.count(b"\n"))


async def serve(port: int, path: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Receiver(file), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2]))
