"""From what somebody typed into a form to the fields of a command.

Decides how a field of a form becomes a value: an empty one is not said, a day is a day, an amount
is in whole units of the deal's currency. Must never decide whether a command may happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from deals.deal import Deal
from deals.playbook import FactKind, Playbook

Form = Mapping[str, str]
"""What was typed, by field; white space around it is nobody's."""

Fields = dict[str, Any]

DOCUMENT: Final = "file"
"""The field of an uploaded document; its id, once it is stored."""

MOST_DIGITS: Final = 30
"""Before or after the point of a number. A choice: more than any fact may have."""

FACT: Final = "fact."
"""How the fields of a fact begin."""


class BadField(Exception):
    """A field does not fit.

    Attributes:
        field: its name.
    """

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def action(form: Form, _deal: Deal, _playbook: Playbook) -> Fields:
    """An action done, with what was noted, shown and promised."""
    fields: Fields = {"action": form.get("action", ""), **_said(form, "note")}
    if document := form.get(DOCUMENT):
        fields["evidence"] = ({"kind": "document", "file": document},)
    elif url := form.get("url"):
        fields["evidence"] = ({"kind": "document", "name": form.get("name") or url, "url": url},)
    if what := form.get("next_what"):
        fields["next_step"] = {"what": what, "on": day(form, "next_on")}
    return fields


def facts(form: Form, deal: Deal, playbook: Playbook) -> Fields:
    """The facts that were filled in."""
    return {"facts": facts_of(form, playbook, deal.currency)}


def facts_of(form: Form, playbook: Playbook, currency: str) -> Fields:
    """The facts that were filled in, by id; amounts in units of that currency.

    Raises:
        BadField: one does not fit its kind.
    """
    found: Fields = {}
    for fact, rule in playbook.facts.items():
        value = _KINDS[rule.kind](form, f"{FACT}{fact}", currency)
        if value is not None:
            found[fact] = value
    return found


def hold(form: Form, _deal: Deal, _playbook: Playbook) -> Fields:
    """Until which day, and why."""
    return {"until": day(form, "until"), "reason": form.get("reason", "")}


def close(form: Form, deal: Deal, _playbook: Playbook) -> Fields:
    """How it ended."""
    amount = minor(form, "amount", deal.currency)
    fields: Fields = {"outcome": form.get("outcome", ""), **_said(form, "reason")}
    return fields | ({} if amount is None else {"amount_minor": amount})


def return_to(form: Form, _deal: Deal, _playbook: Playbook) -> Fields:
    """Where to, and why."""
    return {"to": form.get("to", ""), "reason": form.get("reason", "")}


def assign(form: Form, _deal: Deal, _playbook: Playbook) -> Fields:
    """To whom, and why."""
    return {"owner": form.get("owner", ""), **_said(form, "reason")}


def reason(form: Form, _deal: Deal, _playbook: Playbook) -> Fields:
    """Why; an answer to a request says it in its note."""
    return {"reason": form.get("reason") or form.get("note", "")}


def note(form: Form, _deal: Deal, _playbook: Playbook) -> Fields:
    """What was said."""
    return _said(form, "note")


def nothing(_form: Form, _deal: Deal, _playbook: Playbook) -> Fields:
    """No field at all."""
    return {}


def answer(form: Form, _deal: Deal, playbook: Playbook) -> Fields:
    """An answer to an escalation, and until the end of which day it may take longer."""
    fields: Fields = {"note": form.get("note", "")}
    if form.get("extend_until"):
        following = day(form, "extend_until") + timedelta(days=1)
        zone = ZoneInfo(playbook.calendar.time_zone)
        fields["extend_until"] = datetime.combine(following, time(), zone)
    return fields


Reading = Callable[[Form, Deal, Playbook], Fields]

READINGS: Final[Mapping[str, Reading]] = {
    "actions": action,
    "replies": note,
    "facts": facts,
    "advance": nothing,
    "return": return_to,
    "hold": hold,
    "resume": nothing,
    "assign": assign,
    "claim": nothing,
    "override": reason,
    "close": close,
    "reopen": reason,
}
"""How the form of each command on a deal is read."""

ANSWERS: Final[Mapping[str, Reading]] = {"acknowledge": answer, "comment": answer}
"""The same of what is said to an escalation."""


def _said(form: Form, name: str) -> Fields:
    return {name: form[name]} if form.get(name) else {}


def day(form: Form, name: str) -> date:
    """A day.

    Raises:
        BadField: it is none.
    """
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError as fault:
        raise BadField(name) from fault


def minor(form: Form, name: str, currency: str) -> int | None:
    """An amount in minor units; None where nothing was typed.

    Raises:
        BadField: it is no amount.
    """
    typed = form.get(name, "").replace(",", "").replace("，", "").replace(" ", "")
    if not typed:
        return None
    amount = _decimal(typed, name).scaleb(get_currency_precision(currency))
    return int(amount.to_integral_exact())


def _decimal(typed: str, name: str) -> Decimal:
    """A number of a length that can be written down at all."""
    try:
        number = Decimal(typed)
    except InvalidOperation as fault:
        raise BadField(name) from fault
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise BadField(name)
    return number


def _text(form: Form, name: str, _currency: str) -> object:
    return form.get(name) or None


def _number(form: Form, name: str, _currency: str) -> object:
    typed = form.get(name, "").replace(",", "")
    if not typed:
        return None
    number = _decimal(typed, name)
    return int(number) if number == number.to_integral_value() else float(number)


def _yes_no(form: Form, name: str, _currency: str) -> object:
    return {"yes": True, "no": False}.get(form.get(name, ""))


def _money(form: Form, name: str, currency: str) -> object:
    amount = minor(form, name, currency)
    return None if amount is None else {"amount_minor": amount, "currency": currency}


def _contact(form: Form, name: str, _currency: str) -> object:
    parts = ("name", "role", "phone", "email")
    said = {part: form[f"{name}.{part}"] for part in parts if form.get(f"{name}.{part}")}
    return said or None


def _document(form: Form, name: str, _currency: str) -> object:
    if file := form.get(f"{name}.{DOCUMENT}"):
        return {"kind": "document", "file": file}
    url = form.get(f"{name}.url")
    return (
        {"kind": "document", "name": form.get(f"{name}.name") or url, "url": url} if url else None
    )


_KINDS: Final[Mapping[FactKind, Callable[[Form, str, str], object]]] = {
    "text": _text,
    "number": _number,
    "yes-no": _yes_no,
    "date": _text,
    "choice": _text,
    "money": _money,
    "contact": _contact,
    "document": _document,
}
