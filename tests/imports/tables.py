"""Small files and the mapping they are read by, for tests."""

from collections.abc import Mapping as NamedFiles
from datetime import UTC, datetime
from typing import Any

from deals.playbook import Playbook
from imports.load import check_against, read_mapping
from imports.mapping import Mapping
from imports.run import Task
from imports.source import Uploaded
from playbooks.load import load_playbook

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)

PLAYBOOK = """
playbook: small
version: 1
name: Small
calendar: {time_zone: UTC, hours: around-the-clock}
currency: USD
stages:
  - {id: lead, name: Lead, idle: {limit: 3d}}
  - {id: offer, name: Offer}
  - {id: contract, name: Contract}
facts:
  product: {kind: choice, name: Product, choices: [pump, valve]}
  budget: {kind: money, name: Budget}
  visited: {kind: yes-no, name: Visited}
  seats: {kind: number, name: Seats}
  fair: {kind: date, name: Fair}
  contact: {kind: contact, name: Contact}
  quote: {kind: document, name: Quote}
ladders: {default: [{at: 0d, to: owner, do: remind}, {at: +1d, to: manager, do: escalate}]}
"""

MAPPING = """
mapping: small
name: Small
playbook: {id: small}
time_zone: Europe/Berlin
currency: USD
dates: [iso, M/D/YY]
blank: ["-"]
rows:
  reference: id
  title: [what, customer]
  customer: {column: customer, blank: unknown}
  owner: owner
  amount: value
  stage:
    column: stage
    values:
      Lead: lead
      Offer: offer
      Won: {stage: contract, outcome: won}
      Lost: {stage: offer, outcome: lost}
  opened: opened
  entered: entered
  ended: ended
"""

HEADER = "id,what,customer,owner,stage,value,opened,entered,ended"


def playbook() -> Playbook:
    """Three stages, a clock in the first."""
    return load_playbook(PLAYBOOK, year=2026).playbook


def mapping(text: str = MAPPING, **rows: Any) -> Mapping:
    """The mapping, some fields of its rows changed."""
    read = read_mapping(text)
    if rows:
        changed = {"rows": read.rows.model_dump(exclude_unset=True) | rows}
        read = Mapping.model_validate(read.model_dump(exclude_unset=True) | changed)
    check_against(read, playbook())
    return read


def task(
    content: str | bytes,
    by: Mapping | None = None,
    sides: NamedFiles[str, str] | None = None,
    now: datetime = NOW,
) -> Task:
    """An import of one file."""
    raw = content.encode() if isinstance(content, str) else content
    beside = {name: text.encode() for name, text in (sides or {}).items()}
    return Task(Uploaded("deals.csv", raw, beside), by or mapping(), playbook(), now)


def rows(*lines: str) -> str:
    """A file of these rows."""
    return "\n".join((HEADER, *lines, ""))
