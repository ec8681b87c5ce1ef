"""A small mail server on loopback that keeps what it is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from msgspec import Struct, field


class Mailbox(Struct):
    """The mails that were sent, oldest first, and where to send one."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """Serve one until the end of the block."""
    served = Mailbox()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while command := (await reader.readline()).strip().upper():
            if command == b"DATA":
                writer.write(b"354 go on\r\n")
                data = await reader.readuntil(b"\r\n.\r\n")
                mail = message_from_bytes(data, policy=policy.default)
                assert isinstance(mail, EmailMessage)
                served.mails.append(mail)
            writer.write(b"221 bye\r\n" if command == b"QUIT" else b"250 taken\r\n")
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        served.port = server.sockets[0].getsockname()[1]
        yield served
