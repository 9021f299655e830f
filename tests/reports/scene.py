"""People and deals that briefings speak of."""

from deals.playbook import Playbook
from ledger.people import Person, put_person
from ledger.record import Life, record_many
from ledger.session import Ledger
from reports.cases import Staff
from tests.ledger.lives import BOOK, Told

TEAM = (
    Person(id="zhao", name="Zhao Jun", role="director"),
    Person(id="wu", name="Wu Lan", role="manager", manager="zhao", team="east"),
    Person(id="lin", name="Lin Yue", role="rep", manager="wu", team="east"),
    Person(id="chen", name="Chen Bo", role="rep", manager="wu", team="east"),
    Person(id="he", name="He Jing", role="rep", team="west"),
)
STAFF = Staff(TEAM, time_zone="Asia/Shanghai")


async def find(_playbook: str, _version: int) -> Playbook:
    return BOOK


async def furnish(ledger: Ledger, *lives: Told) -> None:
    """The team, and these lives."""
    for person in TEAM:
        await put_person(ledger, person)
    await record_many(ledger, [Life(told.deal.id, told.events) for told in lives if told.deal])
