"""A letter is planned, composed and delivered; each delivery ends once, sent or failed."""

import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.post import ATTEMPTS, GIVE_UP_AFTER, GONE, PostActivities
from activities.post_messages import Asked, Planned
from ledger.letters import DeliveryRow, Letter, list_deliveries, put_letter
from ledger.preferences import DEFAULTS, Channel, put_notifications
from ledger.record import record
from ledger.session import Ledger
from letters import sending
from letters.addresses import Addresses
from letters.compose import GATHER, Home
from letters.sending import HEADER, Sender
from reports import charts
from tests.deals.lives import Life
from tests.letters.receivers import Mailbox, closed_port, mail_server, webhook
from tests.letters.team import BOOK

LETTER = Letter("lin", "test", "test:1", "zh", "主题", "正文\n")
DELIVERY = f"{LETTER.id}.1"


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mail_server() as box:
        yield box


@pytest.fixture
def post(ledger: Ledger, box: Mailbox) -> PostActivities:
    """Activities whose channel `mail` ends in the box."""
    ours = Addresses(f"mailto://127.0.0.1:{box.port}?from=Dealpace<no-reply@example.com>")
    return PostActivities(ledger, Sender(ours), Home())


async def queued(ledger: Ledger, *addresses: str) -> None:
    """A letter for Lin on channels of these addresses."""
    told_on = [Channel(f"C{n}", address, "shown") for n, address in enumerate(addresses)]
    await put_notifications(ledger, "lin", DEFAULTS, told_on)
    await ledger.write(put_letter, LETTER, datetime.now(UTC))


async def delivered(
    post: PostActivities, delivery: str = DELIVERY, *, after: timedelta = timedelta(0)
) -> None:
    """One attempt, so long after the delivery was asked for."""
    environment = ActivityEnvironment()
    scheduled = datetime.now(UTC) - after
    environment.info = dataclasses.replace(environment.info, scheduled_time=scheduled)
    await environment.run(post.deliver, delivery)


async def row(ledger: Ledger, delivery: str = DELIVERY) -> DeliveryRow:
    page = await list_deliveries(ledger, "lin")
    return next(one for one in page.items if one.id == delivery)


async def test_a_chart_of_a_letter_is_drawn_for_the_mail(
    ledger: Ledger, post: PostActivities, box: Mailbox
) -> None:
    told_on = (Channel("C0", "mail", "shown"),)
    await put_notifications(ledger, "lin", DEFAULTS, told_on)
    chart = json.dumps(charts.bars((("报价", 3),), "deals"))
    await ledger.write(put_letter, dataclasses.replace(LETTER, chart=chart), datetime.now(UTC))
    await delivered(post)
    (mail,) = box.mails
    (picture,) = mail.iter_attachments()
    assert picture.get_content() == charts.png(json.loads(chart))


async def test_from_an_alarm_to_a_mail(ledger: Ledger, post: PostActivities, box: Mailbox) -> None:
    await put_notifications(ledger, "lin", DEFAULTS, (Channel("C1", "mail", "mail"),))
    life = Life(BOOK)
    life.wait(days=2)
    await record(ledger, "D1", life.events)
    asked = Asked(person="lin", now=life.now)
    run = ActivityEnvironment().run
    assert await run(post.plan, asked) == Planned(compose_at=life.now + GATHER)
    written = await run(post.compose, asked)
    assert await run(post.compose, asked) == written
    (delivery,) = written.deliveries
    assert await run(post.plan, asked) == written
    for _ in range(2):
        await delivered(post, delivery)
    (mail,) = box.mails
    assert (mail["To"], mail[HEADER]) == ("lin@example.com", delivery)
    assert mail["Subject"].startswith("2 件事待您处理。")
    assert await run(post.plan, asked) == Planned()
    found = await row(ledger, delivery)
    assert (found.status, found.attempts, found.why) == ("sent", 1, None)
    assert found.ended_at


async def test_what_fails_is_tried_again_and_then_given_up_with_the_reason(
    ledger: Ledger, post: PostActivities
) -> None:
    await queued(ledger, f"json://127.0.0.1:{closed_port()}/x")
    for attempt in range(1, ATTEMPTS):
        with pytest.raises(ApplicationError, match="refused"):
            await delivered(post)
        found = await row(ledger)
        assert (found.status, found.attempts) == ("queued", attempt)
        assert found.why
        assert "refused" in found.why
    await delivered(post)
    found = await row(ledger)
    assert (found.status, found.attempts) == ("failed", ATTEMPTS)
    await delivered(post)
    assert await row(ledger) == found


async def test_what_fails_at_first_can_still_be_sent(ledger: Ledger, post: PostActivities) -> None:
    async with webhook() as hook:
        await queued(ledger, hook.address())
        hook.statuses.append(503)
        with pytest.raises(ApplicationError, match="503"):
            await delivered(post)
        await delivered(post)
    found = await row(ledger)
    assert (found.status, found.attempts) == ("sent", 2)
    assert [call.body["delivery"] for call in hook.calls] == [DELIVERY] * 2


async def test_what_is_too_old_is_given_up(ledger: Ledger, post: PostActivities) -> None:
    await queued(ledger, f"json://127.0.0.1:{closed_port()}/x")
    await delivered(post, after=GIVE_UP_AFTER + timedelta(seconds=1))
    found = await row(ledger)
    assert (found.status, found.attempts) == ("failed", 1)


@pytest.mark.parametrize("address", ["syslog://localhost", "wecombot://"])
async def test_an_address_that_leads_nowhere_fails_at_once(
    ledger: Ledger, post: PostActivities, address: str
) -> None:
    await queued(ledger, address)
    await delivered(post)
    found = await row(ledger)
    assert (found.status, found.attempts) == ("failed", 1)


async def test_a_mail_that_is_refused_for_good_fails_at_once(
    ledger: Ledger, post: PostActivities, box: Mailbox
) -> None:
    await queued(ledger, "mail")
    box.answers.append("550 no such mailbox")
    await delivered(post)
    found = await row(ledger)
    assert (found.status, found.attempts) == ("failed", 1)
    assert found.why
    assert "no such mailbox" in found.why


async def test_a_channel_that_was_removed_fails_at_once(
    ledger: Ledger, post: PostActivities
) -> None:
    await queued(ledger, "mail")
    await put_notifications(ledger, "lin", DEFAULTS, ())
    await delivered(post)
    found = await row(ledger)
    assert (found.status, found.why) == ("failed", GONE)


async def test_an_attempt_that_had_no_turn_is_not_counted(
    ledger: Ledger, post: PostActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SEND_WITHIN", 0.1)
    monkeypatch.setattr(sending, "TURN_WITHIN", 0.1)
    monkeypatch.setattr(sending, "AT_ONCE", 1)
    async with webhook() as hook:
        await queued(ledger, hook.address(), hook.address())
        hook.open.clear()
        with pytest.raises(ApplicationError, match="no answer"):
            await delivered(post)
        with pytest.raises(ApplicationError, match="others wait"):
            await delivered(post, f"{LETTER.id}.2")
        found = await row(ledger, f"{LETTER.id}.2")
        assert (found.status, found.attempts) == ("queued", 0)


async def test_a_delivery_nobody_knows_is_nothing_to_do(post: PostActivities) -> None:
    await delivered(post, "Lnone.1")
