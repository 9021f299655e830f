"""What changes the digest of a playbook, and what must not."""

import yaml

from playbooks.draft import Plain
from playbooks.load import load_playbook
from tests.playbooks.written import GOOD, GOOD_OBJECT, YEAR, changed

PINNED = "5d7022801119e81739e6b57dd9fb173d38ef1a43d70649864eed93cf5368715c"


def digest(source: Plain, year: int = YEAR) -> str:
    return load_playbook(source, year=year).playbook.digest


def test_the_digest_is_the_same_in_every_release() -> None:
    """Running deals are pinned to it: if this fails, mend the code, not the test."""
    without_later_fields = changed(("placeholders: [to do, 已联系]\n", ""))
    assert digest(without_later_fields) == PINNED


def test_formatting_does_not_change_the_digest() -> None:
    block = yaml.safe_dump(GOOD_OBJECT, allow_unicode=True, sort_keys=False)
    flow = yaml.safe_dump(GOOD_OBJECT, default_flow_style=True, width=10_000)
    commented = GOOD.replace("\n", "  # a remark\n\n")
    assert digest(GOOD) == digest(block) == digest(flow) == digest(commented)


def test_the_order_of_names_does_not_change_the_digest() -> None:
    def turned(value: Plain) -> Plain:
        if isinstance(value, dict):
            return {name: turned(one) for name, one in reversed(value.items())}
        return [turned(one) for one in value] if isinstance(value, list) else value

    assert digest(turned(GOOD_OBJECT)) == digest(GOOD)


def test_a_default_written_out_does_not_change_the_digest() -> None:
    assert digest(changed(("id: call\n", "id: call\n        required: true\n"))) == digest(GOOD)
    assert digest(changed(("name: Lead", "name: {en: Lead}"))) == digest(GOOD)
    assert digest(changed(("hold: {limit: 30d}\n", ""))) == digest(GOOD)


def test_whatever_is_said_changes_the_digest() -> None:
    changes = [
        ("version: 1", "version: 2"),
        ("zh: 小流程", "zh: 大流程"),
        ("due: 3d", "due: 4d"),
        ("due: 3d", "due: 72h"),
        ("after: [call]", "after: []"),
        ("Asia/Shanghai", "Asia/Tokyo"),
        ("hours: 09:00", "hours: 08:00"),
        ("hours: 09:00", "country: CN, hours: 09:00"),
        ("hours: 09:00", "scale: 2, hours: 09:00"),
        ("facts: [quote, budget]", "facts: [budget, quote]"),
        ("at: +3d", "at: +4d"),
        ("limit: 30d}\n", "limit: 31d}\n"),
        ("id: fair", "id: fairs"),
    ]
    assert len({digest(GOOD), *(digest(changed(change)) for change in changes)}) == len(changes) + 1


def test_holidays_are_pinned_from_the_year_before_to_three_years_after() -> None:
    text = changed(("hours: 09:00", "country: CN, hours: 09:00"))
    playbook = load_playbook(text, year=YEAR).playbook
    assert sorted({day.year for day, _ in playbook.calendar.exceptions}) == list(range(2025, 2030))
