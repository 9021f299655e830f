"""Reading what somebody sent to a deal, from the API or by hand from the `temporal` command line.

Decides what is a command at all. Must never decide whether it may happen, and must let nothing but
`Refused` out: an exception in a signal handler would block the deal.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_json

from deals.commands import SENT, Sent
from deals.deal import OPS, Deal
from deals.events import CommandRefused
from deals.refusals import Code, Refused

_MOST_FAULTS: Final = 10
"""Faults that a refusal lists. A choice: enough to mend a command by."""

_NUL: Final = b"\\u0000"
"""A NUL character in JSON: the one that PostgreSQL cannot hold."""

_LONGEST: Final = 200
"""Characters of a sender's text that a refusal repeats. A choice."""


def read(sent: Sequence[Any], *, otherwise: str) -> Sent:
    """The command that was sent as plain JSON.

    Args:
        sent: the arguments of the message.
        otherwise: the command's id where the sender gave none.

    Raises:
        Refused: `bad_command` with the faults.
    """
    if len(sent) != 1:
        fault = _fault("", f"expected one command, got {len(sent)}")
        raise Refused(Code.BAD_COMMAND, faults=[fault])
    try:
        text = to_json(sent[0])
        if _NUL in text:
            raise Refused(
                Code.BAD_COMMAND, faults=[_fault("", "a NUL character can be kept nowhere")]
            )
        command = SENT.validate_json(text)
    except ValidationError as error:
        raise Refused(Code.BAD_COMMAND, faults=_faults(error)) from error
    except PydanticSerializationError as error:
        raise Refused(Code.BAD_COMMAND, faults=[_fault("", str(error))]) from error
    if command.command_id:
        return command
    return command.model_copy(update={"command_id": otherwise})


def unreadable(
    deal: Deal, sent: Sequence[Any], refused: Refused, *, command_id: str, now: datetime
) -> CommandRefused:
    """The event of a message that is no command, for the timeline."""
    kind = sent[0].get("kind") if sent and isinstance(sent[0], dict) else None
    return CommandRefused(
        seq=deal.seq + 1,
        at=now,
        occurred_at=now,
        actor=OPS,
        command_id=command_id,
        n=0,
        command=kind[:_LONGEST] if isinstance(kind, str) else "unreadable",
        code=refused.code.value,
        facts=refused.facts,
    )


def _faults(error: ValidationError) -> list[dict[str, str]]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [_fault(".".join(map(str, one["loc"])), one["msg"]) for one in found[:_MOST_FAULTS]]


def _fault(field: str, message: str) -> dict[str, str]:
    return {"field": field[:_LONGEST], "fault": message[:_LONGEST]}
