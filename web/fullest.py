"""How many stages a sheet of paper lists: those of the fullest playbooks, then how many more.

Decides which stages are left out. Playbooks come by their deals, the most first, but the one that
the paper speaks of before all; of the playbook that does not fit whole, its fullest stages are
listed. Stages of a playbook stay in their order. Must never leave out without saying how many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

StageT = TypeVar("StageT")


@dataclass(frozen=True, slots=True)
class Listed(Generic[StageT]):
    """Stages on paper.

    Attributes:
        shown: those that are listed.
        playbooks_n: how many playbooks there are stages of, listed or not.
        more_n: how many stages are not listed; `more_deals_n` deals are in them.
        more_of: the first playbook of which any is not listed; None: all are.
    """

    shown: tuple[StageT, ...]
    playbooks_n: int
    more_n: int
    more_deals_n: int
    more_of: str | None


def fullest(
    stages: Sequence[StageT],
    most: int,
    *,
    playbook: Callable[[StageT], str],
    n: Callable[[StageT], int],
    spoken_of: StageT | None = None,
) -> Listed[StageT]:
    """The stages that are listed.

    Args:
        stages: all of them, those of a playbook in their order.
        most: how many fit.
        playbook: the id of a stage's playbook.
        n: how many deals are in a stage.
        spoken_of: the stage that is listed whatever happens.
    """
    books: defaultdict[str, list[StageT]] = defaultdict(list)
    for one in stages:
        books[playbook(one)].append(one)

    def place(book: str) -> tuple[bool, int, str]:
        is_spoken_of = any(one is spoken_of for one in books[book])
        return not is_spoken_of, -sum(map(n, books[book])), book

    shown: list[StageT] = []
    left: list[StageT] = []
    for book in sorted(books, key=place):
        of = books[book]
        ranked = sorted(range(len(of)), key=lambda at: (of[at] is not spoken_of, -n(of[at])))
        fitting = ranked[: most - len(shown)]
        shown += [one for at, one in enumerate(of) if at in fitting]
        left += [one for at, one in enumerate(of) if at not in fitting]
    return Listed(
        shown=tuple(shown),
        playbooks_n=len(books),
        more_n=len(left),
        more_deals_n=sum(map(n, left)),
        more_of=playbook(left[0]) if left else None,
    )
