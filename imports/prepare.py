"""From a mapping's text to what an import needs: the mapping checked, its playbook at hand.

Decides which playbook the deals are pinned to, and publishes the one that came with the mapping
unless it is there. Must never read a row.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from deals.playbook import Playbook
from imports.load import BadMapping, FoundMapping, check_against, playbook_beside, read_mapping
from imports.mapping import Mapping
from ledger.playbooks import PlaybookPublished, UnknownPlaybook, find_playbook, publish_playbook
from ledger.session import Ledger
from playbooks.fault import Fault
from playbooks.load import Loaded


class Prepared(NamedTuple):
    """A mapping, and the playbook it speaks of."""

    mapping: Mapping
    playbook: Playbook


async def prepared(
    found: FoundMapping, ledger: Ledger, *, now: datetime, publish: bool
) -> Prepared:
    """Make a mapping ready for use.

    Args:
        found: its text, and the folder beside it.
        ledger: where playbooks are published.
        now: the instant of publication.
        publish: whether a playbook that came with the mapping may be published.

    Raises:
        BadMapping: something is wrong with it, or its playbook is not there.
        PlaybookFaults: something is wrong with the playbook that came with it.
    """
    mapping = read_mapping(found.text)
    beside = playbook_beside(mapping, found.folder, year=now.year)
    if beside is None:
        playbook = await _published(mapping, ledger)
    else:
        playbook = await _brought(beside, ledger, now=now) if publish else beside.playbook
    check_against(mapping, playbook)
    return Prepared(mapping, playbook)


async def _published(mapping: Mapping, ledger: Ledger) -> Playbook:
    chosen = mapping.playbook
    assert chosen.id is not None  # noqa: S101 - the model takes either a file or an id
    try:
        return (await find_playbook(ledger, chosen.id, chosen.version)).playbook
    except UnknownPlaybook as unknown:
        message = f"no such playbook is published: {unknown}"
        hint = "publish it first, or name a file beside the mapping"
        raise BadMapping((Fault(None, None, "playbook", message, hint),)) from None


async def _brought(loaded: Loaded, ledger: Ledger, *, now: datetime) -> Playbook:
    """The playbook as it is published; the same text may have been so with other holidays."""
    playbook = loaded.playbook
    try:
        await publish_playbook(ledger, playbook, loaded.source, now=now)
    except PlaybookPublished as other:
        published = await find_playbook(ledger, playbook.id, playbook.version)
        if published.source == loaded.source:
            return published.playbook
        hint = "raise its version"
        raise BadMapping((Fault(None, None, "playbook.file", str(other), hint),)) from None
    return playbook
