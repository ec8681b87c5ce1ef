"""A small HTTP peer on loopback that keeps what it is asked, and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Peer:
    """What was asked, oldest first; `status` and `answer` say what comes back."""

    status: int = 200
    answer: Callable[[Asked], bytes] = lambda asked: b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""


@asynccontextmanager
async def peer() -> AsyncIterator[Peer]:
    """Serve one until the end of the block."""
    served = Peer()
    taking: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        taking.add(task)
        task.add_done_callback(taking.discard)
        writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *rest = head.decode().rstrip().split("\r\n")
                headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in rest)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = first.split(" ")
                asked = Asked(method, path, headers, body)
                served.asked.append(asked)
                content = served.answer(asked)
                extra = "".join(f"{name}: {value}\r\n" for name, value in served.headers.items())
                length = f"Content-Length: {len(content)}\r\n"
                writer.write(
                    f"HTTP/1.1 {served.status} X\r\n{extra}{length}\r\n".encode() + content
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        served.url = f"http://{host}:{port}"
        yield served
        for writer in writers:
            writer.close()
        if taking:
            await asyncio.wait(taking)
