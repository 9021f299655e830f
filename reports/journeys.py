"""Stage visits as the ways of deals through their stages.

Decides what follows from the visits of a deal whatever the instant a report looks from: the place
of each stage in the deal's own playbook, which visit is the first to its stage, when the deal went
on from there, and from when on a visit without an instant is known. Must never count anything.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reports.columns import FAR, LONG_AGO, Columns, Flags, Instants, Rows

OPEN, WON, LOST, DROPPED, FORWARD, BACK = range(6)
"""How a visit, or a deal, ended."""

NOWHERE: Final = -1
"""The place of a stage that the deal's playbook does not have."""

_ENDS: Final = {"won": WON, "lost": LOST, "dropped": DROPPED, "forward": FORWARD, "back": BACK}


def as_journeys(visits: Rows, columns: Columns) -> Rows:
    """The visits with what follows from them.

    Adds:
        position: the stage's place in the deal's playbook.
        is_first: nobody was in that stage before in this deal.
        known_from, known_to: from when on the entry and the exit are known; `FAR` for no exit.
        cause: how it ended.
        advanced_at: when the deal, after this visit, first entered any later stage; `FAR` if not,
            `LONG_AGO` if nobody knows when.
    """
    position = _positions(visits, columns)
    known_from, known_to = _known(visits, columns)
    cause = _causes(visits, columns)
    more: dict[str, NDArray[Any]] = {
        "position": position,
        "is_first": _first_in_stage(visits),
        "known_from": known_from,
        "known_to": np.where(cause == OPEN, FAR, known_to),
        "cause": cause,
        "advanced_at": _advanced_at(visits, position),
    }
    return Rows(visits.deal, {**visits.columns, **more})


def _positions(visits: Rows, columns: Columns) -> NDArray[np.int16]:
    """The place of each visit's stage in the playbook that its deal is pinned to."""
    size = len(columns.texts.texts) + 1
    pairs = columns.deals["book"][visits.deal].astype(np.int64) * size + visits["stage"]
    distinct, back = np.unique(pairs, return_inverse=True)
    places = []
    for pair in distinct:
        book, stage = divmod(int(pair), size)
        stages = [one.id for one in columns.books.books[book].stages]
        name = columns.texts.text(stage)
        places.append(stages.index(name) if name in stages else NOWHERE)
    return np.array(places, np.int16)[back] if places else np.zeros(0, np.int16)


def _known(visits: Rows, columns: Columns) -> tuple[Instants, Instants]:
    """From when on entries and exits are known: what has no instant, with the deal's beginning."""
    deals = columns.deals
    begun = np.where(deals["opened_at"] == LONG_AGO, deals["seen_at"], deals["opened_at"])
    begun = begun[visits.deal]
    begun = np.where(begun == LONG_AGO, visits["heard_at"], begun)
    entered, ended = visits["entered_at"], visits["ended_at"]
    known_from = np.where(entered == LONG_AGO, begun, entered)
    return known_from, np.where(ended == LONG_AGO, known_from, ended)


def _causes(visits: Rows, columns: Columns) -> NDArray[np.int8]:
    cause = np.zeros(len(visits), np.int8)
    for name, number in _ENDS.items():
        cause[visits["end"] == columns.texts.known(name)] = number
    return cause


def _first_in_stage(visits: Rows) -> Flags:
    first = np.zeros(len(visits), np.bool_)
    pairs = visits.deal * (1 << 31) + visits["stage"]
    first[np.unique(pairs, return_index=True)[1]] = True
    return first


def _advanced_at(visits: Rows, position: NDArray[np.int16]) -> Instants:
    """Looks one visit further at a time, for all deals at once, until none has any left."""
    deal = visits.deal
    advanced = np.full(len(deal), FAR)
    looking = np.arange(len(deal))
    step = 0
    while len(looking):
        step += 1
        looking = looking[looking + step < len(deal)]
        looking = looking[deal[looking + step] == deal[looking]]
        later = looking + step
        goes_on = position[later] > position[looking]
        advanced[looking[goes_on]] = visits["entered_at"][later[goes_on]]
        looking = looking[~goes_on]
    return advanced
