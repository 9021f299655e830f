"""What takes part in a comparison: something that records an action, however it does it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Protocol

import psutil

from benchmarks.load import Call

PER_SUBJECT: Final = 80
"""Commands a caller sends to one subject before it goes on to the next. A choice: about as many as
a deal gets in its life; two callers together stay below what a deal remembers."""

_FASTEST: Final = 300
"""Commands a second, of all callers. A choice: few machines with two cores reach more, and a caller
that does begins again with its first subject."""


class Contender(Protocol):
    """One way to record an action.

    Attributes:
        name: for people.
    """

    name: str

    @property
    def processes(self) -> dict[str, psutil.Process]:
        """Those that do the work, by their part in it."""

    async def subjects(self, count: int) -> list[str]:
        """Start so many workflows, ready to take commands, and give their ids."""

    async def call(self, subjects: Sequence[str], resources: AsyncExitStack) -> Call:
        """Make a caller that works through these, `PER_SUBJECT` commands each."""


@asynccontextmanager
async def callers(
    contender: Contender, count: int, *, seconds: float, same_subject: bool = False
) -> AsyncIterator[list[Call]]:
    """Callers with fresh subjects of their own, or all with the same ones.

    Args:
        contender: whom they call.
        count: how many they are.
        seconds: how long they are going to send; they get enough subjects for that.
        same_subject: whether all send to the same workflow at the same time.
    """
    each = 1 + int(_FASTEST * seconds / count / PER_SUBJECT)
    ids = await contender.subjects(each * (1 if same_subject else count))
    shares = [ids] * count if same_subject else [ids[n::count] for n in range(count)]
    async with AsyncExitStack() as resources:
        yield [await contender.call(share, resources) for share in shares]


def subject(subjects: Sequence[str], sent: int) -> str:
    """Whose turn it is after so many commands."""
    return subjects[sent // PER_SUBJECT % len(subjects)]
