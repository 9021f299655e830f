"""What a fact's value looks like for each kind, and whether a given value is one.

A value is kept as plain JSON. Must never decide whether a fact is needed; gates do that.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    Field,
    HttpUrl,
    StrictBool,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from deals.model import Authored, Line
from deals.playbook import Currency, FactKind, FactRule
from deals.refusals import Code, Refused

MAX_AMOUNT_MINOR = 10**15
"""Largest amount in minor units.

A choice: far above any deal, far below what JSON readers round (2**53).
"""

MOST = 2**53
"""Largest number. Source: RFC 8259 section 6; beyond it readers of JSON disagree."""

AmountMinor = Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR, strict=True)]

JsonValue: TypeAlias = str | int | float | bool | dict[str, Any] | list[Any] | None


class Money(Authored):
    """An amount in minor units (cents, fen) of one currency."""

    amount_minor: AmountMinor
    currency: Currency


class Contact(Authored):
    """A person at the customer."""

    name: Line
    role: Line | None = None
    phone: Line | None = None
    email: Line | None = None


class Document(Authored):
    """A document: by address (name and url), or an uploaded file's id."""

    kind: Literal["document"] = "document"
    name: Line | None = None
    url: HttpUrl | None = None
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Document:
        if (self.url is None) == (self.file is None):
            msg = "a document has either a url or a file"
            raise ValueError(msg)
        if self.url is not None and self.name is None:
            msg = "a document with a url needs a name"
            raise ValueError(msg)
        return self


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
_Number = (
    Annotated[int, Field(ge=-MOST, le=MOST, strict=True)]
    | Annotated[float, Field(ge=-MOST, le=MOST, allow_inf_nan=False, strict=True)]
)
_SHAPES: dict[FactKind, TypeAdapter[Any]] = {
    "text": TypeAdapter(_Text),
    "number": TypeAdapter(_Number),
    "yes-no": TypeAdapter(StrictBool),
    "date": TypeAdapter(date),
    "choice": TypeAdapter(str),
    "money": TypeAdapter(Money),
    "contact": TypeAdapter(Contact),
    "document": TypeAdapter(Document),
}
_EXPECTED: dict[FactKind, str] = {
    "text": "a text of 1 to 1000 characters",
    "number": "a number",
    "yes-no": "true or false",
    "date": "a date such as 2027-01-15",
    "choice": "one of the choices",
    "money": "{amount_minor, currency}",
    "contact": "{name, role?, phone?, email?}",
    "document": "{name, url} or {file}",
}


def checked(fact_id: str, rule: FactRule, value: JsonValue) -> JsonValue:
    """The value as plain JSON, in the one form its kind has.

    Raises:
        Refused: `bad_fact` with the fact's id, its kind and what was expected.
    """
    expected = {"fact": fact_id, "kind": rule.kind, "expected": _EXPECTED[rule.kind]}
    shape = _SHAPES[rule.kind]
    try:
        read = shape.validate_python(value)
    except ValidationError as fault:
        raise Refused(Code.BAD_FACT, **expected) from fault
    if rule.kind == "date" and not isinstance(value, str):
        raise Refused(Code.BAD_FACT, **expected)
    choices = [choice.id for choice in rule.choices]
    if rule.kind == "choice" and read not in choices:
        raise Refused(Code.BAD_FACT, **expected, choices=choices)
    written: JsonValue = shape.dump_python(read, mode="json", exclude_none=True)
    return written
