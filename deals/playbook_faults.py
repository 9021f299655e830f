"""Whether a playbook makes sense as a whole: every fault that its shape alone cannot show.

Decides what a company may publish: names in English, references that lead somewhere, an order that
can be kept, ladders that rise, and no SLA that could never be armed. Must never change a playbook,
and never stop at the first fault: its author wants to see them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from deals.clock_faults import clock_faults
from deals.fault import MOST_FAULTS, Path, PlaybookFault, repeated
from deals.model import Names
from deals.playbook import FactRule, Playbook
from deals.stage_faults import stage_faults


def faults(playbook: Playbook) -> tuple[PlaybookFault, ...]:
    """Everything wrong with the playbook, kind by kind; empty if it may be published.

    It stops after `MOST_FAULTS` and one, so that no playbook takes long to refuse.
    """
    return tuple(islice(_faults(playbook), MOST_FAULTS + 1))


def _faults(playbook: Playbook) -> Iterator[PlaybookFault]:
    yield from _unnamed(playbook)
    yield from stage_faults(playbook)
    for fact, rule in playbook.facts.items():
        yield from _of_fact(fact, rule)
    yield from clock_faults(playbook)


def _unnamed(playbook: Playbook) -> Iterator[PlaybookFault]:
    for path, names in _names(playbook):
        if "en" not in names:
            hint = "add `en: …`; English is shown wherever another language is missing"
            yield PlaybookFault((*path, "name"), "the English name is missing", hint)


def _names(playbook: Playbook) -> Iterator[tuple[Path, Names]]:
    yield (), playbook.name
    for place, stage in enumerate(playbook.stages):
        yield ("stages", place), stage.name
        for at, action in enumerate(stage.actions):
            yield ("stages", place, "actions", at), action.name
            if action.then:
                yield ("stages", place, "actions", at, "then"), action.then.name
    for fact, rule in playbook.facts.items():
        yield ("facts", fact), rule.name
        for at, choice in enumerate(rule.choices):
            yield ("facts", fact, "choices", at), choice.name


def _of_fact(fact: str, rule: FactRule) -> Iterator[PlaybookFault]:
    path: Path = ("facts", fact)
    if rule.kind == "choice" and not rule.choices:
        hint = "add `choices: [one, other]`"
        yield PlaybookFault((*path, "kind"), f"the choice `{fact}` has no choices", hint)
    if rule.kind != "choice" and rule.choices:
        message = f"`{fact}` is of kind {rule.kind}, which has no choices"
        hint = "write `kind: choice`, or remove the choices"
        yield PlaybookFault((*path, "choices"), message, hint)
    yield from repeated("choice", (*path, "choices"), [one.id for one in rule.choices], "id")
