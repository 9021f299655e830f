"""What the things in a deal are called, for templates: actions, facts, choices, sources.

Decides what stands in where a playbook does not know an id: the id itself. Must never decide which
language is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from babel.numbers import get_currency_precision

from deals.deal import Deal
from deals.model import Names
from deals.playbook import FactRule, Playbook


def action_name(playbook: Playbook, action: str) -> Names:
    """What an action or a duty is called."""
    found = (stage.action(action) or stage.duty(action) for stage in playbook.stages)
    return next((one.name for one in found if one), {"en": action})


def fact_names(playbook: Playbook, facts: Iterable[str]) -> list[Names]:
    """What facts are called."""
    return [playbook.facts[one].name if one in playbook.facts else {"en": one} for one in facts]


def action_or_fact(playbook: Playbook, subject: str) -> Names:
    """What something that a gate or a clock asks for is called."""
    found = playbook.facts.get(subject)
    return found.name if found else action_name(playbook, subject)


def fact_of(books: Mapping[str, Playbook]) -> Callable[[str], FactRule | None]:
    """Finds a fact in any playbook that knows it."""
    return lambda fact: next(
        (book.facts[fact] for book in books.values() if fact in book.facts), None
    )


def choice_name(rule: FactRule | None, value: object) -> Names:
    """What a choice is called."""
    choices = rule.choices if rule else ()
    return next((one.name for one in choices if one.id == value), {"en": str(value)})


def source_name(deal: Deal, playbook: Playbook) -> Names:
    """What the source of a deal is called."""
    return choice_name(playbook.facts.get("source"), deal.source)


def whole(amount_minor: int, currency: str) -> str:
    """An amount as a field holds it: in whole units."""
    return f"{amount_minor / 10 ** get_currency_precision(currency):.2f}".removesuffix(".00")


GLOBALS: Final = {
    "action_name": action_name,
    "action_or_fact": action_or_fact,
    "choice_name": choice_name,
    "fact_names": fact_names,
    "source_name": source_name,
}
"""What templates call, by the same names."""
