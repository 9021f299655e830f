"""The ground every model of the core stands on.

Frozen, strict about extra fields where people write, UTC only.

Decides how values look in JSON. Must never hold a rule about deals.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("the instant lies outside the calendar") from None


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An aware instant, held in UTC."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
"""An id an author chooses.

Lower case letters, digits, hyphens; 64 characters at most (a choice).
"""

PersonId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
"""A person's id; any text, since imported files name people by their names."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""One line of text: a title, a customer, a name. 200 characters at most (a choice)."""

Note = Annotated[str, StringConstraints(max_length=4000)]
"""What a person writes about an action.

4,000 characters at most (a choice: two pages; longer belongs in a document).
"""

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
"""Why somebody did something out of the ordinary.

Never empty; 1,000 characters at most (a choice).
"""

Names = dict[str, str]
"""A name per language tag; `en` is always there and is the fallback."""


class Authored(BaseModel):
    """What people write (commands, playbooks): an unknown field is a mistake and is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Recorded(BaseModel):
    """What the engine wrote (events, state).

    A field of a newer version is passed over, so old code can still read.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
