"""What can be asked of a deal. Each command names what should happen; `decide` says whether it may.

One definition serves the API's body, the update's and the signal's payload.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Union

from pydantic import Field, StringConstraints, TypeAdapter

from deals.calendar import Calendar
from deals.deal import OPS, Actor, PlaybookRef, Result
from deals.facts import AmountMinor, Document
from deals.model import Authored, Instant, Key, Line, Note, PersonId, Reason
from deals.own_time import NOTHING_OWN, OwnTime
from deals.playbook import Currency, Playbook

CommandId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{0,200}$")]
"""Printable ASCII without spaces, 200 characters at most (a choice)."""

HeldDeals = Annotated[int, Field(ge=0)]

EscalationId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Base(Authored):
    """What every command carries."""

    command_id: CommandId = ""
    """Names this command for ever; the shell gives one where the sender did not."""
    digest: str = ""
    """Fingerprint of what the sender sent; a repeat of the id with another one is refused."""
    actor: Actor = OPS
    sent_at: Instant | None = None
    """When it was left with the server, which may be long before it is decided; None: now."""


class NextStepGiven(Authored):
    """What the owner will do, and on which day (its working end) or at which instant."""

    what: Line
    on: date | Instant


class OpenDeal(Base):
    """Begin a deal in the first stage of its playbook."""

    kind: Literal["open_deal"] = "open_deal"
    deal_id: str
    playbook: PlaybookRef
    title: Line
    customer: Line
    owner: PersonId
    team: str | None = None
    amount_minor: AmountMinor | None = None
    currency: Currency | None = None
    source: Line | None = None
    facts: dict[str, Any] = {}
    calendar: Calendar | None = None
    """The company's calendar in force; None: the playbook's."""
    own: OwnTime = NOTHING_OWN
    """What the owner's calendar has that the company's has not."""


class PastStep(Authored):
    """One thing known of a deal's past before Dealpace.

    A stage entered, an action done, a new owner, facts learned, the end. What comes after the end
    is kept as it was told; a stage then opens the deal again.
    """

    kind: Literal["stage", "action", "owner", "facts", "note", "end"]
    at: Instant | None = None
    """When it happened; None where the source does not know."""
    stage: Key | None = None
    action: Key | None = None
    actor: PersonId | None = None
    """Who did it; None where nobody is known to have."""
    owner: PersonId | None = None
    team: str | None = None
    note: Note | None = None
    facts: dict[str, Any] = {}
    outcome: Result | None = None
    reason: Reason | None = None
    amount_minor: AmountMinor | None = None


class ImportDeal(Base):
    """Take over a deal that lived elsewhere, with its true past, open or closed."""

    kind: Literal["import_deal"] = "import_deal"
    deal_id: str
    playbook: PlaybookRef
    title: Line
    customer: Line
    owner: PersonId | None
    """Its first owner."""
    team: str | None = None
    source: Line | None = None
    amount_minor: AmountMinor | None = None
    currency: Currency | None = None
    facts: dict[str, Any] = {}
    calendar: Calendar | None = None
    own: OwnTime = NOTHING_OWN
    """Of its last owner."""
    opened_at: Instant | None = None
    seen_at: Instant | None = None
    """When the source saw it, which knows no opening."""
    reference: Line
    """Where it came from: the file's id of the row."""
    past: tuple[PastStep, ...]
    """Oldest first; begins with the stage it was first seen in."""


class RecordAction(Base):
    """A standard action, or an open duty, was done."""

    kind: Literal["record_action"] = "record_action"
    action: Key
    note: Note | None = None
    occurred_at: Instant | None = None
    evidence: Annotated[tuple[Document, ...], Field(max_length=20)] = ()
    next_step: NextStepGiven | None = None


class RecordReply(Base):
    """The customer answered."""

    kind: Literal["record_reply"] = "record_reply"
    note: Note | None = None
    occurred_at: Instant | None = None


class RecordFacts(Base):
    """Facts were learned; a value of null takes one back."""

    kind: Literal["record_facts"] = "record_facts"
    facts: Annotated[dict[str, Any], Field(min_length=1, max_length=50)]


class Advance(Base):
    """Go on to the next stage."""

    kind: Literal["advance"] = "advance"


class Return(Base):
    """Go back to an earlier stage."""

    kind: Literal["return"] = "return"
    to: Key
    reason: Reason


class PlaceHold(Base):
    """Let every clock rest until an instant."""

    kind: Literal["place_hold"] = "place_hold"
    until: date | Instant
    reason: Reason


class ReleaseHold(Base):
    """End the hold now."""

    kind: Literal["release_hold"] = "release_hold"


class Assign(Base):
    """Hand the deal to another owner."""

    kind: Literal["assign"] = "assign"
    owner: PersonId
    team: str | None = None
    reason: Reason | None = None
    own: OwnTime = NOTHING_OWN
    held: HeldDeals = 0
    """How many open deals from the pool the new owner has."""


class Claim(Base):
    """Take the deal from the pool; the actor becomes its owner."""

    kind: Literal["claim"] = "claim"
    team: str | None = None
    own: OwnTime = NOTHING_OWN
    held: HeldDeals = 0
    """How many open deals from the pool the actor has."""


class Override(Base):
    """Let the deal pass the gate as it stands; from a rep: ask the manager to."""

    kind: Literal["override"] = "override"
    reason: Reason


class Close(Base):
    """End the deal."""

    kind: Literal["close"] = "close"
    outcome: Result
    reason: Reason | None = None
    amount_minor: AmountMinor | None = None


class Reopen(Base):
    """Take a closing back; a new visit begins in the stage it closed from."""

    kind: Literal["reopen"] = "reopen"
    reason: Reason


class Acknowledge(Base):
    """Answer an escalation: its ladder rests until `extend_until`."""

    kind: Literal["acknowledge"] = "acknowledge"
    escalation: EscalationId
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    extend_until: Instant | None = None


class Comment(Base):
    """Say something about an escalation; no clock changes."""

    kind: Literal["comment"] = "comment"
    escalation: EscalationId
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Recalendar(Base):
    """Work by these calendars from now on: every due instant is computed again."""

    kind: Literal["recalendar"] = "recalendar"
    reason: Reason
    calendar: Calendar | None = None
    """The company's; None: the playbook's own."""
    own_of: PersonId | None = None
    """Whose time `own` is; it is passed over if somebody else has the deal by then."""
    own: OwnTime = NOTHING_OWN


class Repin(Base):
    """Go on by another version of the deal's playbook, in the stage where the deal is.

    What was done in the visit counts there, too, action by action and fact by fact.
    """

    kind: Literal["repin"] = "repin"
    version: Annotated[int, Field(ge=1)]
    reason: Reason
    terms: Playbook
    """That version, whole."""
    calendar: Calendar | None = None
    """The company's calendar in force for it; None: its own."""


class PassTime(Base):
    """Time has come this far: reach every deadline that lies behind."""

    kind: Literal["pass_time"] = "pass_time"


Sent = Union[  # noqa: UP007 - a tuple of types is needed for the discriminator
    RecordAction,
    RecordReply,
    RecordFacts,
    Advance,
    Return,
    PlaceHold,
    ReleaseHold,
    Assign,
    Claim,
    Override,
    Close,
    Reopen,
    Acknowledge,
    Comment,
    Recalendar,
    Repin,
]
"""What somebody may send to a running deal."""

Command = Union[OpenDeal, ImportDeal, PassTime, Sent]  # noqa: UP007 - the same

SENT: TypeAdapter[Sent] = TypeAdapter(Annotated[Sent, Field(discriminator="kind")])
"""Reads a command from plain JSON."""
