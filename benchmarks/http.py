"""One HTTP/1.1 connection kept alive, as cheap as can be, for callers that want to cost nothing.

Decides nothing: it sends JSON and gives back the status and the body, unread. It knows only what
the servers measured here do: bodies with a Content-Length.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple, Self

from settings import LOOPBACK


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever the server says
        """The body, read."""
        return json.loads(self.body)


class Connection:
    """A connection to one server on this machine; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def opened(cls, port: int) -> AsyncIterator[Self]:
        """Connected to a port of this machine for as long as the block lasts."""
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def send(self, method: str, path: str, body: object = None, headers: str = "") -> Answer:
        """Send one request and wait for the answer.

        Args:
            method: such as POST.
            path: with the query, escaped.
            body: sent as JSON; none if None.
            headers: more of them, each line ended by CR LF.
        """
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Type: application/json\r\n"
            f"{headers}Content-Length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        answered = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answered.partition(b"content-length:")[2].partition(b"\r")[0] or 0)
        return Answer(int(answered[9:12]), await self._reader.readexactly(length))
