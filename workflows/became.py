"""What a command came to.

Decides nothing. Must never say more than is known.
"""

from dataclasses import dataclass
from typing import Self

from deals.view import DealView


@dataclass(frozen=True, slots=True)
class Applied:
    """The command is applied, now or before.

    Attributes:
        json: the deal as it is, a `DealView` as its worker wrote it. Nobody on the way reads it:
            to read it and write it again took a sixth of the API's time (measured).
    """

    json: bytes

    @classmethod
    def to(cls, deal: DealView) -> Self:
        """Applied to a deal that is like this now."""
        return cls(deal.model_dump_json().encode())

    @property
    def view(self) -> DealView:
        """The deal as it is."""
        return DealView.model_validate_json(self.json)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command is durable and will be decided once; `outcome` tells what became of it."""

    command_id: str


Became = Applied | Accepted
