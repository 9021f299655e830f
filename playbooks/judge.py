"""From a draft to a playbook that may be published, or to everything that is wrong with it.

Decides the order of judgement: shape first, then sense, each going on past what it found wrong.
Must never return a playbook that was repaired on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from pydantic import ValidationError

from deals.calendar import Calendar, CalendarSpec, resolve
from deals.fault import MOST_FAULTS, Path, PlaybookFault
from deals.playbook import Playbook
from deals.playbook_faults import faults
from playbooks.draft import Draft
from playbooks.fault import PlaybookFaults
from playbooks.repair import is_echo, mend
from playbooks.shape import MISSING, UNKNOWN_FIELD, shape_faults
from playbooks.text import UNTYPED

_MOST_ROUNDS = 5
"""How often a repaired draft is looked at again. A choice: a mistyped name may hide one more."""

_ORDINARY = Calendar(time_zone="UTC", weekly=(((540, 1020),),) * 7)
"""Stands in for a calendar that is wrong: with working hours, so that nothing else looks wrong."""

Found: TypeAlias = tuple[tuple[PlaybookFault, str], ...]
"""Faults, each with pydantic's name for its kind."""

_YEARS_BEFORE, _YEARS_AFTER = 1, 3
"""Years of holidays around the year of publication. A choice: deals imported from last year have
their true clocks, few deals live longer, and governments announce little beyond one year."""


def pinned(spec: CalendarSpec, year: int) -> Calendar:
    """The calendar as plain data, with the holidays of the years around `year`."""
    return resolve(spec, year - _YEARS_BEFORE, year + _YEARS_AFTER)


def judged(draft: Draft, year: int) -> Playbook:
    """The playbook that the draft describes, its calendar resolved for the years around `year`.

    Raises:
        PlaybookFaults: something is wrong with it; the draft is used up.
    """
    for fault in islice(_unprintable(draft), MOST_FAULTS + 1):
        draft.add(fault)
    playbook = _shaped(draft, year)
    if playbook is not None:
        for fault in faults(playbook):
            if not is_echo(draft, fault.path):
                draft.add(fault)
    if playbook is None or draft.faults:
        raise PlaybookFaults(draft.faults)
    return playbook


def _unprintable(draft: Draft) -> Iterator[PlaybookFault]:
    """A fault for every text with a line break or a character that nobody types."""
    hint = "keep each text on one line, in plain characters"
    for path, text in _texts(draft):
        if bad := UNTYPED.search(text):
            message = f"the character {bad.group()!a} is not allowed in a text"
            yield PlaybookFault(path, message, hint)


def _texts(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Every text and every name in the data, with its path."""
    waiting: list[tuple[Path, object]] = [((), draft.data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, list):
            waiting.extend(((*path, place), one) for place, one in enumerate(value))
        elif isinstance(value, dict):
            waiting.extend(((*path, name), one) for name, one in value.items())
            yield from (((*path, name), name) for name in value)


def _shaped(draft: Draft, year: int) -> Playbook | None:
    """The playbook that the models see, perhaps with stand-ins; None if they see none."""
    for _ in range(_MOST_ROUNDS):
        calendar, odd = _calendar(draft, year)
        playbook, wrong = _playbook(draft, calendar)
        if playbook is not None and not odd:
            return playbook
        if not _mended(draft, (*odd, *wrong)):
            return None
    return None


def _calendar(draft: Draft, year: int) -> tuple[Calendar | None, Found]:
    """The calendar as plain data, and what is wrong with it; None if there is none to look at."""
    if not isinstance(draft.data, dict) or "calendar" not in draft.data:
        return None, ()
    try:
        spec = CalendarSpec.model_validate(draft.data["calendar"])
    except ValidationError as refused:
        return _ORDINARY, tuple(shape_faults(draft, refused, ("calendar",)))
    return pinned(spec, year), ()


def _playbook(draft: Draft, calendar: Calendar | None) -> tuple[Playbook | None, Found]:
    data = {**draft.data, "calendar": calendar} if calendar else draft.data
    try:
        return Playbook.model_validate(data), ()
    except ValidationError as refused:
        return None, tuple(shape_faults(draft, refused))


def _mended(draft: Draft, found: Found) -> bool:
    """Notes each fault and repairs what it can; tells whether another look is worth it."""
    echoes = {fault.path for fault, _ in found if draft.is_doubtful(fault.path)}
    whole = True
    for fault, kind in sorted(found, key=lambda one: one[1] != UNKNOWN_FIELD):
        if kind == MISSING and draft.has(fault.path):
            continue  # it was there, mistyped
        if fault.path not in echoes:
            draft.add(fault)
        whole = mend(draft, fault.path, kind) and whole
    return whole
