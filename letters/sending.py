"""Sending a text to a channel, in bounded time.

Decides how long that may take, how many may speak to one server at once, and whether trying again
can help. A server that hangs costs its own channel time and nobody else's: each send has a thread,
which dies with the process, and waits in the queue of its own server only. Must never say that a
text was sent when the service did not say so.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

from apprise import Apprise, NotifyBase, NotifyFormat
from apprise.attachment.memory import AttachMemory
from apprise.logger import NotifyLogEntry
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.email import NotifyEmail

from letters.addresses import Addresses, BadChannel, place_of
from letters.render import Text

SEND_WITHIN: Final = 20.0
"""Clock seconds for one send. A choice: two steps of a connection, each as long as it may take."""

TURN_WITHIN: Final = 20.0
"""Clock seconds to wait for a turn at a server. A choice: as long as one send may take."""

AT_ONCE: Final = 8
"""Sends of this process under way at one server. A choice: mail servers allow about ten."""

HEADER: Final = "X-Dealpace-Delivery"
"""Names a delivery to whoever receives it, in mails and webhooks: the same one is a repeat."""

PICTURE: Final = "chart.png"
"""What the picture of a mail is called."""

LONGEST_REASON: Final = 500
"""Characters of a reason. A choice: a server's answer fits."""

_DETAIL: Final = "Socket Exception: "
_SECRETS: Final = re.compile(r"(url: |[?&](?:key|access_token|token|sign)=)[^\s&'\"]+")
_FOR_GOOD: Final = re.compile(r"\(5\d\d, b['\"]|error=410\b")
"""Source: RFC 5321, 4.2.1, a reply of 5yz says not to try again; RFC 9110, 15.5.11, 410 is gone."""


class NotSent(Exception):
    """The text was not sent, as far as anybody knows.

    Attributes:
        reason: in words, without secrets.
        for_good: whether trying again is of no use.
    """

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


class Busy(Exception):
    """Nothing was tried: others wait for the same server."""

    def __init__(self) -> None:
        super().__init__("others wait for the same server, which is slow or does not answer")


class Package(NamedTuple):
    """What is sent.

    Attributes:
        delivery: the id by which the receiver tells a repeat.
        kind: of the letter.
        picture: a PNG that mails show below the text.
    """

    delivery: str
    kind: str
    text: Text
    picture: bytes | None = None


class Sender:
    """Sends for one process."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def send(self, address: str, email: str | None, package: Package) -> None:
        """Send to a channel and wait for the service's answer.

        Raises:
            NotSent: as it says. After one that came too late the text may still arrive.
            Busy: the channel's server has too many of ours to answer.
        """
        try:
            opened = self._addresses.open(address, email)
        except BadChannel as fault:
            raise NotSent(f"the address leads nowhere: {fault}", for_good=True) from fault
        _mark(opened, package)
        turn = self._turns.setdefault(place_of(opened), asyncio.Semaphore(AT_ONCE))
        try:
            async with asyncio.timeout(TURN_WITHIN):
                await turn.acquire()
        except TimeoutError:
            raise Busy from None
        sending = _in_thread(lambda: _reason_against(opened, package))
        sending.add_done_callback(lambda _: turn.release())  # also of one nobody waits for
        try:
            async with asyncio.timeout(SEND_WITHIN):
                reason = await asyncio.shield(sending)
        except TimeoutError:
            raise NotSent(f"no answer within {SEND_WITHIN:.0f} s") from None
        if reason is not None:
            raise NotSent(reason, for_good=_FOR_GOOD.search(reason) is not None)


def _mark(opened: NotifyBase, package: Package) -> None:
    """Let the receiver tell a repeat, where the service has a place for that."""
    if isinstance(opened, NotifyJSON | NotifyEmail):
        opened.headers[HEADER] = package.delivery
    if isinstance(opened, NotifyJSON):
        opened.payload_extras |= {"delivery": package.delivery, "kind": package.kind}
    if isinstance(opened, NotifyEmail):
        opened.headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies


def _reason_against(opened: NotifyBase, package: Package) -> str | None:
    """Send, and say why it did not work; None if it did."""
    service = Apprise(asset=opened.asset)
    service.add(opened)
    shown = package.picture if isinstance(opened, NotifyEmail) else None
    try:
        result = service.notify(
            package.text.body,
            package.text.subject,
            body_format=NotifyFormat.TEXT,
            attach=AttachMemory(shown, name=PICTURE, mimetype="image/png") if shown else None,
            log_level=logging.DEBUG,
        )
    except Exception as fault:  # noqa: BLE001 - each service of Apprise raises what it likes
        return _without_secrets(repr(fault))
    if result:
        return None
    told = dict.fromkeys(_told(result.logs()))
    return _without_secrets("; ".join(told) or "the service gave no reason")


def _told(entries: Iterable[NotifyLogEntry]) -> Iterator[str]:
    """What Apprise says of a failure, and the fault behind it."""
    for entry in entries:
        if entry.level in {"WARNING", "ERROR"}:
            yield entry.message.rstrip(".")
        elif entry.message.startswith(_DETAIL):
            yield entry.message.removeprefix(_DETAIL)


def _without_secrets(reason: str) -> str:
    return _SECRETS.sub(r"\1…", " ".join(reason.split()))[:LONGEST_REASON]


def _in_thread(work: Callable[[], str | None]) -> asyncio.Future[str | None]:
    """Run work, which raises nothing, in a thread that no end of the process waits for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str | None] = loop.create_future()

    def run() -> None:
        answer = work()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, done, answer)

    threading.Thread(target=run, name="letter", daemon=True).start()
    return done


def _settle(done: asyncio.Future[str | None], answer: str | None) -> None:
    if not done.done():
        done.set_result(answer)
