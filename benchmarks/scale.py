"""How much is measured: enough for figures that mean something, or only enough to see that it runs.

Every number here is a choice, made so that the whole run takes a quarter of an hour, and the
reports of a million deals as long again.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Scale:
    """The counts of one run.

    Attributes:
        rounds: how often everything that is compared takes its turn.
        seconds: clock seconds of one turn.
        breath: clock seconds before it, past `activities.record.GATHERING`: no turn pays for the
            one before, or for its own deals being opened.
        callers: who send side by side where many do.
        deals: on which figures for one open deal are taken.
        actions: recorded on one deal, where events are counted.
        idle: clock seconds in which an idle deal is watched.
        cached: deals by which a worker's memory grows.
        imported: open opportunities that are imported, at most.
        starts: of the whole stack.
        deadlines: that fall due at one instant.
        sparse: that fall due one after the other.
        sums: of working time that are added.
        templates: lives of which companies are made.
        companies: how often each life is there, in the small company and in the large one.
        answers: of each report and page.
        opened: deals of which most are open, where pages are measured.
    """

    rounds: int = 4
    seconds: float = 5.0
    breath: float = 2.5
    callers: int = 16
    deals: int = 100
    actions: int = 20
    idle: float = 5.0
    cached: int = 500
    imported: int = 2_089
    starts: int = 3
    deadlines: int = 1_000
    sparse: int = 100
    sums: int = 2_000
    templates: int = 2_000
    companies: tuple[int, int] = (50, 500)
    answers: int = 20
    opened: int = 11_000


FULL: Final = Scale()

QUICK: Final = Scale(
    rounds=1,
    seconds=0.3,
    breath=0.1,
    callers=2,
    deals=3,
    actions=3,
    idle=0.5,
    cached=5,
    imported=10,
    starts=1,
    deadlines=5,
    sparse=3,
    sums=20,
    templates=40,
    companies=(2, 4),
    answers=2,
    opened=60,
)
"""Shows that everything runs; its figures mean nothing."""
