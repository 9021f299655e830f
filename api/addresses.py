"""Where things are: the addresses of deals and of their commands, read and written.

Decides which ids a deal can have in an address. Must never look anything up.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote

from fastapi import Depends, Path

from api.problems import Problem
from deals.refusals import Code

PREFIX: Final = "/v1"

_DEAL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
"""Any id a deal may have; the dot divides it from an escalation's number."""

_ESCALATION_ID: Final = re.compile(rf"({_DEAL_ID.pattern})\.([1-9][0-9]{{0,9}})")


def _known_form(deal_id: str) -> str:
    if _DEAL_ID.fullmatch(deal_id) is None:
        raise Problem(Code.UNKNOWN_DEAL, facts={"deal": deal_id})
    return deal_id


async def _deal_id(id: Annotated[str, Path(description="Id of the deal.")]) -> str:  # noqa: A002 - as in the address
    return _known_form(id)


class Target(NamedTuple):
    """To which deal a command goes, and what the address says of the command."""

    deal_id: str
    fields: Mapping[str, str]


DealId = Annotated[str, Depends(_deal_id)]
"""A deal's id from the address; one that no deal can have is unknown."""


def address_of(deal_id: str) -> str:
    """Where a deal is."""
    return f"{PREFIX}/deals/{deal_id}"


def status_address(deal_id: str, command_id: str) -> str:
    """Where it is told what became of a command."""
    return f"{address_of(deal_id)}/commands/{quote(command_id, safe='')}"


def target_deal(deal_id: str) -> Target:
    """The target of a command that names the deal itself.

    Raises:
        Problem: `unknown_deal`.
    """
    return Target(_known_form(deal_id), {})


def target_escalation(escalation_id: str) -> Target:
    """The target of a command that names an escalation, and so the deal it belongs to.

    Raises:
        Problem: `unknown_escalation`.
    """
    match = _ESCALATION_ID.fullmatch(escalation_id)
    if match is None:
        raise Problem(Code.UNKNOWN_ESCALATION, facts={"escalation": escalation_id})
    return Target(match.group(1), {"escalation": escalation_id})
