"""The bodies of commands, derived from the commands themselves: what a caller may say of each.

Decides which fields of a command come from elsewhere (headers, the address, the people table).
Must never describe a field again: names, types and limits are those of `deals.commands`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, JsonValue, RootModel, StringConstraints, create_model

from deals.commands import Base, RecordFacts
from deals.model import Authored, Key

FILLED_IN: Final = frozenset(
    {
        "actor",
        "calendar",
        "command_id",
        "deal_id",
        "digest",
        "escalation",
        "held",
        "kind",
        "own",
        "own_of",
        "sent_at",
        "team",
        "terms",
    }
)
"""Fields of commands that a body does not have: the API knows them from elsewhere."""

MAX_VERSION: Final = 2**31 - 1
"""Highest playbook version the ledger can hold."""

_PLAYBOOK: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,63})(?:@([1-9][0-9]{0,8}))?")


class PlaybookNamed(Authored):
    """A playbook: its latest version, or the one given."""

    id: Key
    version: Annotated[int, Field(ge=1, le=MAX_VERSION, strict=True)] | None = None


PlaybookText = Annotated[
    str,
    StringConstraints(pattern=f"^{_PLAYBOOK.pattern}$"),
    Field(description="`id` for the latest version, or `id@version`."),
]


def body_of(command: type[Base], **instead: Any) -> type[BaseModel]:
    """The body of a command: its fields without those filled in; of facts, the bare mapping.

    Args:
        command: the command.
        instead: fields that a body has in another shape, each as (annotation, default).
    """
    if command is RecordFacts:
        return FactsBody
    fields: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in command.model_fields.items()
        if name not in FILLED_IN
    }
    return create_model(
        f"{command.__name__}Body", __base__=Authored, __doc__=command.__doc__, **fields | instead
    )


def fields_of(body: BaseModel) -> dict[str, Any]:
    """What the body says, field by field, its parts as they were validated."""
    if isinstance(body, FactsBody):
        return {"facts": body.root}
    return {name: getattr(body, name) for name in type(body).model_fields}


FactId = Annotated[str, StringConstraints(max_length=64)]


class FactsBody(RootModel[dict[FactId, JsonValue]]):
    """Each fact's id and its value; null takes a fact back."""

    root: Annotated[dict[FactId, JsonValue], *RecordFacts.model_fields["facts"].metadata]


def playbook_named(given: str | PlaybookNamed) -> PlaybookNamed:
    """The playbook that a body names, in either form."""
    if isinstance(given, PlaybookNamed):
        return given
    match = _PLAYBOOK.fullmatch(given)
    if match is None:
        raise ValueError(given)
    name, version = match.groups()
    return PlaybookNamed(id=name, version=int(version) if version else None)


def files_named(fields: Mapping[str, Any]) -> Iterator[str]:
    """The ids of uploaded files that a body names, as evidence or as facts."""
    yield from (one.file for one in fields.get("evidence", ()) if one.file)
    for value in (fields.get("facts") or {}).values():
        if isinstance(value, dict) and isinstance(file := value.get("file"), str):
            yield file
