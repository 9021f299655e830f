"""Receivers on loopback that keep what comes: a mail server, a webhook, and one that hangs."""

import asyncio
import email
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK = "127.0.0.1"
MAILBOXES = 1_000_000  # bytes of a mail; ours have thousands


@dataclass
class Mailbox:
    """What a mail server took.

    Attributes:
        answers: what the server says to the next mails, one each; afterwards it takes them.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    def address(self, to: str = "ana@example.com") -> str:
        """The address of a channel that mails there."""
        return f"mailto://{LOOPBACK}:{self.port}?from=no-reply@example.com&to={to}"

    def to(self, person: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == person]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the server's name for it
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@dataclass(frozen=True)
class Call:
    """One request to a webhook."""

    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Webhook:
    """What a webhook was called with.

    Attributes:
        statuses: of the next answers, one each; afterwards 200.
        open: while cleared, requests are read and not answered.
    """

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def address(self, path: str = "way/hush") -> str:
        """The address of a channel that calls it."""
        return f"json://{LOOPBACK}:{self.port}/{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and hang up."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = (line.partition(": ") for line in head.splitlines()[1:] if line)
        headers = {name.lower(): value for name, _, value in lines}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.calls.append(Call(headers, body))
        status = self.statuses.pop(0) if self.statuses else 200
        await self.open.wait()
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[Mailbox]:
    """A real mail server."""
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, data_size_limit=MAILBOXES, enable_SMTPUTF8=True, hostname="test"),
        LOOPBACK,
        0,
    )
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


@asynccontextmanager
async def webhook() -> AsyncIterator[Webhook]:
    """A real receiver of webhooks."""
    hook = Webhook()
    server = await asyncio.start_server(hook.serve, LOOPBACK, 0)
    hook.port = server.sockets[0].getsockname()[1]
    async with server:
        yield hook
        hook.open.set()


@asynccontextmanager
async def hanging_server() -> AsyncIterator[int]:
    """The port of a server that accepts connections and never says a word."""

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(silent, LOOPBACK, 0)
    try:
        async with server:
            yield server.sockets[0].getsockname()[1]
    finally:
        for writer in writers:
            writer.close()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
        return port
