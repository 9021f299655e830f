"""Texts arrive as they are; what fails says why, in bounded time, and holds up nobody else."""

import asyncio
import logging
from io import StringIO

import pytest

from letters import addresses, sending
from letters.addresses import Addresses
from letters.render import Text
from letters.sending import HEADER, Busy, NotSent, Package, Sender
from tests.letters.receivers import (
    LOOPBACK,
    closed_port,
    hanging_server,
    mail_server,
    webhook,
)

CHINESE = Text("升级：首次致电，冲压线", "1. 冲压线（北风）\n   首次致电：已逾期 2天。\n")
PACKAGE = Package("L1.1", "alarms", CHINESE)


@pytest.fixture
def sender() -> Sender:
    return Sender(Addresses())


async def failing(sender: Sender, address: str) -> NotSent:
    """Why a text is not sent there."""
    with pytest.raises(NotSent) as refused:
        await sender.send(address, None, PACKAGE)
    return refused.value


async def test_a_mail_arrives_as_plain_text_and_names_its_delivery(sender: Sender) -> None:
    async with mail_server() as box:
        await sender.send(box.address(), None, PACKAGE)
    (mail,) = box.mails
    assert mail["Subject"] == CHINESE.subject
    assert mail["To"] == "ana@example.com"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").rstrip() == CHINESE.body.rstrip()
    assert (mail[HEADER], mail["Auto-Submitted"]) == ("L1.1", "auto-generated")


async def test_a_picture_comes_with_a_mail_and_with_nothing_else(sender: Sender) -> None:
    shown = PACKAGE._replace(picture=b"\x89PNG\r\n\x1a\n of a chart")
    async with mail_server() as box, webhook() as hook:
        await sender.send(box.address(), None, shown)
        await sender.send(hook.address(), None, shown)
    (mail,) = box.mails
    (picture,) = mail.iter_attachments()
    assert (picture.get_content_type(), picture.get_filename()) == ("image/png", "chart.png")
    assert picture.get_content() == shown.picture
    body = mail.get_body(("plain",))
    assert body
    assert body.get_content().replace("\r\n", "\n").rstrip() == CHINESE.body.rstrip()
    (call,) = hook.calls
    assert "PNG" not in str(call.body)


async def test_the_installations_mail_server_mails_to_the_person(sender: Sender) -> None:
    async with mail_server() as box:
        ours = Sender(Addresses(f"mailto://{LOOPBACK}:{box.port}?from=Dealpace<no@example.com>"))
        await ours.send("mail", "lin@example.com", PACKAGE)
    (mail,) = box.mails
    assert (mail["To"], mail["From"]) == ("lin@example.com", "Dealpace <no@example.com>")
    refused = await failing(sender, "mail")
    assert refused.for_good


async def test_a_webhook_carries_the_delivery_in_its_body_and_in_a_header(sender: Sender) -> None:
    async with webhook() as hook:
        await sender.send(hook.address(), None, PACKAGE)
    (call,) = hook.calls
    assert call.headers[HEADER.lower()] == "L1.1"
    assert (call.body["delivery"], call.body["kind"]) == ("L1.1", "alarms")
    assert call.body["title"] == CHINESE.subject
    assert call.body["message"].rstrip() == CHINESE.body.rstrip()


async def test_no_value_of_a_subject_becomes_a_header(sender: Sender) -> None:
    evil = Text("Deal\r\nBcc: all@example.com", "Body")
    async with mail_server() as box:
        await sender.send(box.address(), None, Package("L1.1", "alarms", evil))
    (mail,) = box.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Deal Bcc: all@example.com"


@pytest.mark.parametrize(
    ("answer", "for_good"),
    [("451 try later", False), ("554 looks like spam", True)],
)
async def test_a_mail_server_that_refuses_says_whether_trying_again_helps(
    sender: Sender, answer: str, *, for_good: bool
) -> None:
    async with mail_server() as box:
        box.answers.append(answer)
        refused = await failing(sender, box.address())
    assert answer.partition(" ")[2] in refused.reason
    assert refused.for_good is for_good


@pytest.mark.parametrize(
    ("status", "for_good"), [(500, False), (404, False), (429, False), (301, False), (410, True)]
)
async def test_a_webhook_that_refuses_says_whether_trying_again_helps(
    sender: Sender, status: int, *, for_good: bool
) -> None:
    async with webhook() as hook:
        hook.statuses.append(status)
        refused = await failing(sender, hook.address())
    assert str(status) in refused.reason
    assert refused.for_good is for_good


async def test_where_nobody_listens_the_reason_says_so_without_the_secret(sender: Sender) -> None:
    host = f"{LOOPBACK}:{closed_port()}"
    for address in (
        f"json://ana:hush@{host}/hush?-key=hush",
        f"mailto://ana:hush@{host}?from=a@example.com",
    ):
        refused = await failing(sender, address)
        assert "refused" in refused.reason
        assert "hush" not in refused.reason
        assert not refused.for_good


async def test_an_address_that_leads_nowhere_is_not_tried_again(sender: Sender) -> None:
    assert (await failing(sender, "syslog://localhost")).for_good


async def test_a_server_that_hangs_is_given_up(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "WAIT", 0.1)
    async with hanging_server() as port:
        for scheme in ("json", "mailto"):
            refused = await failing(sender, f"{scheme}://{LOOPBACK}:{port}/?from=a@example.com")
            assert "timed out" in refused.reason
            assert not refused.for_good


async def test_a_server_that_trickles_is_given_up_and_keeps_its_turn_until_it_ends(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SEND_WITHIN", 0.2)
    monkeypatch.setattr(sending, "TURN_WITHIN", 0.2)
    monkeypatch.setattr(sending, "AT_ONCE", 1)
    async with webhook() as slow, webhook() as healthy:
        slow.open.clear()
        assert "no answer within" in (await failing(sender, slow.address())).reason
        with pytest.raises(Busy):
            await sender.send(slow.address(), None, PACKAGE)
        await sender.send(healthy.address(), None, PACKAGE)
        slow.open.set()
        while True:
            try:
                await sender.send(slow.address(), None, PACKAGE)
                break
            except Busy:
                await asyncio.sleep(0)


async def test_many_at_once_all_arrive(sender: Sender) -> None:
    async with mail_server() as box, webhook() as hook:
        sends = [
            sender.send(address, None, PACKAGE._replace(delivery=f"L{n}.1"))
            for n in range(50)
            for address in (box.address(), hook.address())
        ]
        await asyncio.gather(*sends)
    expected = {f"L{n}.1" for n in range(50)}
    assert {mail[HEADER] for mail in box.mails} == expected
    assert {call.body["delivery"] for call in hook.calls} == expected


async def test_nothing_of_an_address_is_written_to_the_log(sender: Sender) -> None:
    log = StringIO()
    handler, root = logging.StreamHandler(log), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        async with webhook() as hook:
            await sender.send(hook.address("hush"), None, PACKAGE)
            hook.statuses.append(500)
            await failing(sender, hook.address("hush"))
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    assert "hush" not in log.getvalue()
