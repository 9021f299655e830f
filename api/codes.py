"""Every code an error of the API can carry, with its status and a sentence.

Decides the status of each refusal of the core and of each fault of a request. The table is complete
by test. Must never hold a rule: why something is refused, the core says.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from deals.refusals import Code


class Fault(StrEnum):
    """What can be wrong with a request before any deal is asked."""

    BAD_CALENDAR = "bad_calendar"
    BAD_CHANNEL = "bad_channel"
    BAD_IDEMPOTENCY_KEY = "bad_idempotency_key"
    BAD_IMPORT = "bad_import"
    BAD_LEAVE = "bad_leave"
    BAD_MAPPING = "bad_mapping"
    BAD_PARAMETER = "bad_parameter"
    BAD_PAYLOAD = "bad_payload"
    BAD_PERIOD = "bad_period"
    BAD_PERSON = "bad_person"
    BAD_PLAYBOOK = "bad_playbook"
    ENGINE_UNAVAILABLE = "engine_unavailable"
    FILE_TOO_LARGE = "file_too_large"
    INTERNAL_ERROR = "internal_error"
    LEDGER_UNAVAILABLE = "ledger_unavailable"
    NO_DATES = "no_dates"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    PERSON_LEFT = "person_left"
    UNKNOWN_CALLER = "unknown_caller"
    UNKNOWN_COMMAND = "unknown_command"
    UNKNOWN_FEED = "unknown_feed"
    UNKNOWN_FILE = "unknown_file"
    UNKNOWN_FILTER = "unknown_filter"
    UNKNOWN_IMPORT = "unknown_import"
    UNKNOWN_LEAVE = "unknown_leave"
    UNKNOWN_MAPPING = "unknown_mapping"
    UNKNOWN_PERSON = "unknown_person"
    UNKNOWN_PLAYBOOK = "unknown_playbook"
    UNKNOWN_RECALENDAR = "unknown_recalendar"
    UNKNOWN_ROUTE = "unknown_route"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    VERSION_EXISTS = "version_exists"


class Meaning(NamedTuple):
    """What a code means over HTTP."""

    status: int
    title: str
    """The same for every occurrence; what is particular stands in the problem's facts."""


_CORE: Final[dict[str, Meaning]] = {
    Code.ACTION_NOT_IN_STAGE: Meaning(409, "The action belongs to another stage."),
    Code.ALREADY_DONE: Meaning(409, "The action has been done in this stage visit."),
    Code.ALREADY_OWNER: Meaning(409, "The deal has that owner already."),
    Code.BAD_COMMAND: Meaning(422, "The command cannot be read."),
    Code.BAD_FACT: Meaning(422, "The value does not fit the fact's kind."),
    Code.CLAIM_LIMIT: Meaning(409, "The person has as many deals from the pool as allowed."),
    Code.COOLING_DOWN: Meaning(409, "It was taken from that person too short a time ago."),
    Code.DEAL_CLOSED: Meaning(409, "The deal is closed."),
    Code.DEAL_OPEN: Meaning(409, "The deal is open."),
    Code.ESCALATION_CLOSED: Meaning(409, "The escalation has been answered."),
    Code.EVIDENCE_MISSING: Meaning(409, "The action needs a document as evidence."),
    Code.EXTENSION_IN_PAST: Meaning(422, "The extension ends in the past."),
    Code.GATE_MET: Meaning(409, "The gate is open; nothing needs to be overridden."),
    Code.GATE_UNMET: Meaning(409, "The stage is not finished."),
    Code.HOLD_IN_PAST: Meaning(422, "The hold ends in the past."),
    Code.HOLD_TOO_LONG: Meaning(409, "A hold this long needs a manager."),
    Code.IN_POOL: Meaning(409, "The deal is in the pool; somebody has to claim it first."),
    Code.KEY_REUSED: Meaning(422, "The idempotency key was used for something else."),
    Code.LAST_STAGE: Meaning(409, "The deal is in its last stage; close it as won instead."),
    Code.NEXT_STEP_IN_PAST: Meaning(422, "The next step lies in the past."),
    Code.NOT_ALLOWED: Meaning(403, "The caller may not do this."),
    Code.NOT_AN_EARLIER_STAGE: Meaning(409, "The stage is not an earlier one."),
    Code.NOT_IN_POOL: Meaning(409, "The deal has an owner."),
    Code.NOT_LAST_STAGE: Meaning(409, "Only a deal in its last stage can be won."),
    Code.NOT_ON_HOLD: Meaning(409, "The deal is not on hold."),
    Code.OCCURRED_BEFORE_DEAL: Meaning(422, "It cannot have happened before the deal began."),
    Code.OCCURRED_IN_FUTURE: Meaning(422, "It cannot have happened in the future."),
    Code.ON_HOLD: Meaning(409, "The deal is on hold."),
    Code.OUT_OF_ORDER: Meaning(409, "Other actions come first."),
    Code.UNARMED_SLA: Meaning(409, "A due instant cannot be computed."),
    Code.UNKNOWN_ACTION: Meaning(422, "The playbook has no such action."),
    Code.UNKNOWN_DEAL: Meaning(404, "There is no such deal."),
    Code.UNKNOWN_ESCALATION: Meaning(404, "There is no such escalation."),
    Code.UNKNOWN_FACT: Meaning(422, "The playbook has no such fact."),
    Code.UNKNOWN_STAGE: Meaning(422, "The playbook has no such stage."),
}

_OURS: Final[dict[str, Meaning]] = {
    Fault.BAD_CALENDAR: Meaning(422, "The calendar cannot be put in force."),
    Fault.BAD_CHANNEL: Meaning(422, "A channel leads nowhere."),
    Fault.BAD_IDEMPOTENCY_KEY: Meaning(
        422, "An idempotency key is 1 to 200 printable ASCII characters without spaces."
    ),
    Fault.BAD_IMPORT: Meaning(422, "The file cannot be imported."),
    Fault.BAD_LEAVE: Meaning(422, "The leave cannot be entered."),
    Fault.BAD_MAPPING: Meaning(422, "The mapping has faults."),
    Fault.BAD_PARAMETER: Meaning(422, "A parameter of the address or a header is not valid."),
    Fault.BAD_PAYLOAD: Meaning(422, "The body is not valid."),
    Fault.BAD_PERIOD: Meaning(422, "The period ends before it begins."),
    Fault.BAD_PERSON: Meaning(422, "The person's manager is not valid."),
    Fault.BAD_PLAYBOOK: Meaning(422, "The playbook has faults."),
    Fault.ENGINE_UNAVAILABLE: Meaning(
        503, "The engine does not answer; send it again with the same key."
    ),
    Fault.FILE_TOO_LARGE: Meaning(413, "The file is too large."),
    Fault.INTERNAL_ERROR: Meaning(500, "Something failed on our side."),
    Fault.LEDGER_UNAVAILABLE: Meaning(503, "The ledger is away; try again."),
    Fault.METHOD_NOT_ALLOWED: Meaning(405, "The address exists, but not for this method."),
    Fault.NO_DATES: Meaning(422, "Nobody knows when these deals were; the report is about time."),
    Fault.PAYLOAD_TOO_LARGE: Meaning(413, "The body is too large."),
    Fault.PERSON_LEFT: Meaning(409, "The person has left and takes no deal."),
    Fault.UNKNOWN_CALLER: Meaning(401, "The caller is not known."),
    Fault.UNKNOWN_COMMAND: Meaning(404, "The deal knows no such command."),
    Fault.UNKNOWN_FEED: Meaning(404, "There is no such calendar feed."),
    Fault.UNKNOWN_FILE: Meaning(404, "There is no such file."),
    Fault.UNKNOWN_FILTER: Meaning(422, "A filter asks for something nobody has heard of."),
    Fault.UNKNOWN_IMPORT: Meaning(404, "There is no such import."),
    Fault.UNKNOWN_LEAVE: Meaning(404, "There is no such leave."),
    Fault.UNKNOWN_MAPPING: Meaning(404, "There is no such mapping."),
    Fault.UNKNOWN_PERSON: Meaning(404, "There is no such person."),
    Fault.UNKNOWN_PLAYBOOK: Meaning(404, "There is no such playbook version."),
    Fault.UNKNOWN_RECALENDAR: Meaning(404, "There is no such recalendar."),
    Fault.UNKNOWN_ROUTE: Meaning(404, "There is no such address."),
    Fault.UNSUPPORTED_MEDIA_TYPE: Meaning(415, "The body's media type is not the expected one."),
    Fault.VERSION_EXISTS: Meaning(409, "The playbook version is published with other content."),
}

MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(_CORE | _OURS)
"""What every code means."""
