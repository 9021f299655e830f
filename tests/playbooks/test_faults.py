"""Every fault of a playbook is told at once, with its line and a hint."""

import pytest

from playbooks.load import Fault, report
from tests.playbooks.written import GOOD, GOOD_OBJECT, changed, faults_of, line_of

ONE_CHANGE = [
    # shape: what a field is called, whether it is there, what it holds
    ("due: 3d", "deu: 3d", "deu:", "unknown field `deu`", "did you mean `due`?"),
    ("hold: {", "xyz: {", "xyz:", "unknown field `xyz`", "known: playbook, version, "),
    ("{id: ask, ", "{", "{name: Ask", "`id` is missing", "`id: first-call`"),
    ("currency: CNY\n", "", "playbook:", "`currency` is missing", "`currency: CNY`"),
    ("playbook: small", "playbook: A Small_One", "A Small", "is no id", "write `a-small-one`"),
    ("currency: CNY", "currency: yuan", "yuan", "`yuan` is no currency", "such as CNY"),
    ("zh: 小", "Chinese: 小", "Chinese", "`Chinese` is no language", "such as en, zh"),
    ("version: 1", 'version: "1"', "version", "`1` is no whole number", "`version: 1`"),
    ("version: 1", "version: 1.5", "version", "`1.5` is no whole number", "`version: 1`"),
    ("version: 1", "version: 0", "version", "`0` is out of range", "at least 1"),
    ("version: 1", "version: 9999999", "version", "out of range", "at most 1e+06"),
    ("due: 3d", "due: 3 days", "due: 3", "'3 days' is not a duration", "such as 30s"),
    ("due: 3d", "due: 3", "due: 3", "`3` has no unit", "such as 3d or 3h"),
    ("at: +1d", "at: soon", "at: soon", "'soon' is not an offset", "such as -1d"),
    ("name: Visit", "name: 2026", "name: 2026", "where names and values should", "{en: "),
    ("en: Small process", "en: 2026", "en: 2026", "`2026` is not text", 'quotes: "2026"'),
    ("en: Small process", "en: [x]", "en: [x]", "a list stands where text should", "text"),
    ("en: Small process", "en:", "en:", "`en` is empty", "remove it"),
    ("en: Small process", "en: ''", "en: ''", "`en` is empty", "write something"),
    ("en: Small process", f"en: {'x' * 201}", "en: x", "`en` is too long", "200 at most"),
    ("after: [find]", "after: find", "after: find", "where a list should", "write [find]"),
    ("facts: [source]", "facts:", "facts:", "`facts` is empty", "remove it"),
    ("facts: [source]", "facts: 5", "facts: 5", "where a list should", "[one, other]"),
    ("stay: {", "stay: 5d #{", "stay: 5d", "where names and values should", "{expected: 5d, "),
    ("required: false", "required: maybe", "required: maybe", "neither true", "true or false"),
    ("evidence: [document]", "evidence: [pdf]", "[pdf]", "`pdf` is not one of", "document"),
    ("to: manager, do: escalate}\n    - {at: +3d", "to: boss, do: escalate}\n    - {at: +3d",
     "boss", "`boss` is not one of owner, manager", "known: owner"),
    ("kind: money", "kind: mony", "kind: mony", "`mony` is not one of", "mean `money`?"),
    # the calendar
    ("Asia/Shanghai", "Asia/Shangai", "Asia", "unknown time zone", "mean Asia/Shanghai?"),
    ("hours: 09:00-18:00", "hours: 9 to 5", "hours", "is no span of hours", "09:00-18:00"),
    ("hours: 09:00-18:00", "hours: 18:00", "hours", "'18:00' is no span", "09:00-18:00"),
    ("hours: 09:00-18:00", "hours: 18:00-09:00", "hours", "in this order", "the next day"),
    ("hours: 09:00-18:00", "hours: {sunny: 09:00-18:00}", "hours", "`sunny`", "mean `sun`?"),
    ("hours: 09:00", "scale: 0.5, hours: 09:00", "scale", "out of range", "at least 1"),
    ("hours: 09:00", "scale: fast, hours: 09:00", "scale", "is no number", "digits"),
    ("hours: 09:00", "country: XX, hours: 09:00", "cal", "public holidays", ""),
    ("hours: 09:00", "exceptions: {May: closed}, hours: 09:00", "exc", "is no date", "2027"),
    # names
    ("{en: Small process, zh: 小流程}", "{zh: 小流程}", "name", "English name is missing", "en:"),
    ("name: Call", "name: {zh: 电话}", "name: {zh: 电", "English name is missing", "en:"),
    ("name: Minutes", "name: {zh: 纪要}", "then", "English name is missing", "en:"),
    ("name: Trade fair", "name: {zh: 展会}", "choices", "English name is missing", "en:"),
    # stages
    ("facts:\n  s", "  - {id: lead, name: X}\nfacts:\n  s", "{id: lead", "is there twice", ""),
    ("facts: [source]", "facts: [sorce]", "[sorce]", "fact `sorce`", "mean `source`?"),
    ("facts: [source]", "facts: [source, source]", "source, ", "`source` is there twice", ""),
    ("opportunity_stage: offer", "opportunity_stage: ofer", "oppo", "`ofer`", "mean `offer`?"),
    ("follow_ups_from: offer", "follow_ups_from: won", "follow_", "stage `won`", "lead, offer"),
    # actions
    ("id: chat", "id: call", "id: call, name: Chat", "action `call` is there twice", "id"),
    ("after: [call]", "after: [cal]", "[cal]", "unknown action `cal`", "mean `call`?"),
    ("after: [call]", "after: [visit]", "[visit]", "`visit` comes after itself", "remove"),
    ("after: [call]", "after: [call, call]", "call, ", "`call` is there twice", "remove"),
    ("after: [call]", "after: [chat]", "[chat]", "is required and comes after `chat`", "both"),
    ("after: [find]", "after: [ask]", "send, n", "wait for one another: send → ask → send", ""),
    ("due_from: call", "due_from: cal", "due_from", "unknown action `cal`", "mean `call`?"),
    ("due_from: call", "due_from: visit", "due_from", "can never start", "earlier"),
    ("due: 2bd, due_from", "due_from", "due_from", "starts no clock", "add `due: …`"),
    ("id: minutes", "id: visit", "then:", "both an action and a duty", "another id"),
    ("id: minutes", "id: ask", "then:", "both an action and a duty", "another id"),
    # facts
    ("kind: choice", "kind: text", "choices", "of kind text, which has no choices", "choice"),
    (", choices: [web, {id: fair, name: Trade fair}]", "", "source: {", "has no choices", ""),
    ("id: fair", "id: web", "choices", "the choice `web` is there twice", ""),
    # ladders and clocks
    ("limit: 14d, ladder: firm", "limit: 14d, ladder: frm", "stay", "ladder `frm`", "`firm`?"),
    ("        due: 3d\n", "", "ladder: firm", "a ladder without `due`", "add `due: …`"),
    ("limit: 14d, ladder", "ladder", "stay", "a ladder without `limit`", "add `limit: …`"),
    ("expected: 5d", "expected: 3w", "expected", "(3w) is longer than the limit (14d)", "raise"),
    ("at: 0d", "at: -2d", "at: -2d", "-2d comes before -1d", "rising order"),
    ("at: 0d", "at: -1d", "at: -1d, to: owner, do: remind}\n    - {at: +1", "is there twice", ""),
    ("at: +2bd", "at: 20%", "at: 20%", "20% comes before 50%", "rising order"),
    ("to: pool, do: recycle", "to: pool, do: remind", "to: pool", "go with `to: pool`", "pool"),
    ("to: pool, do: recycle", "to: owner, do: recycle", "+3d", "go with `to: owner`", "pool"),
    ("- {at: +3d", "- {at: 2d, to: pool, do: recycle}\n    - {at: +3d", "at: +3d", "never", "last"),
    ("    - {at: 50%, to: owner, do: remind}\n    - {at: +2bd, to: manager, do: escalate}\n",
     "    []\n", "default", "the ladder `default` has no rungs", "{at: 0d, "),
    # the text itself
    ("due: 3d", "due: 3d\n        due: 4d", "due: 4d", "`due` is there twice", "on line 15"),
    ("due: 3d", "due: &soon 3d", "due", "the anchor &soon is not allowed", "remove"),
    ("due: 3d", "due: !!str 3d", "due", "the tag !!str is not allowed", "remove"),
    ("due: 3d", "due: *soon", "due", "aliases are not allowed", "write the value out"),
    ("hold: {", "? {a: b}\n: c\nhold: {", "? {", "a name must be plain text", "`name: value`"),
    ("hold: {", "---\nhold: {", "---", "a second document begins here", "one playbook"),
    ("        due: 3d", "\tdue: 3d", "\tdue", "a tab in the indentation", "spaces"),
    ("name: Call", "name: a: b", "name: a", "mapping values are not allowed", "in quotes"),
    ("name: Call", "name: @Call", "name: @", "cannot start any token", "in quotes"),
    ("name: Call", "name: {en: Call", "due: 3d", "expected ',' or '}'", "brackets"),
    ("name: Call", 'name: "Ca\\u0007ll"', 'name: "Ca', "'\\x07' is not allowed", "plain"),
    ("name: Call", "name: |\n          Call", "name: |", "'\\n' is not allowed", "one line"),
    ("name: Call", "name: Ca\u200bll\u202e", "name: Ca", "'\\u202e' is not allowed", "plain text"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "at", "message", "hint"),
    ONE_CHANGE,
    ids=(f"{place} {case[3]}" for place, case in enumerate(ONE_CHANGE)),
)
def test_one_mistake_is_one_fault_on_its_line_with_a_hint(
    old: str, new: str, at: str, message: str, hint: str
) -> None:
    text = changed((old, new))
    (fault,) = faults_of(text)
    assert message in fault.message
    assert hint in fault.hint
    assert fault.line == line_of(text, at)


def test_the_good_one_has_no_faults() -> None:
    assert faults_of(GOOD) == ()


def test_all_faults_are_told_at_once_and_none_is_an_echo_of_another() -> None:
    text = changed(
        ("stages:\n", "stagess:\n"),  # everything below is judged all the same
        ("version: 1", "version: one"),
        ("time_zone: Asia/Shanghai", "timezone: Asia/Shangai"),
        ("facts: [source]", "facts: [sorce]"),
        ("id: visit, name", "id: visit, nam"),
        ("due: 3d", "due: 3"),  # no ladder without a clock is told: the clock was meant
        ("after: [call]", "after: [cal]"),
        ("limit: 3bd", "limit: 3bd, ladder: frm"),
        ("after: [find]", "after: [ask]"),
        ("kind: choice", "kind: choise"),  # nor choices without a choice
        ("at: 0d", "at: soon"),  # nor an unknown ladder
        ("hold: {", "hold: &h {"),
    )
    told = [(fault.line, fault.message) for fault in faults_of(text)]
    assert told == [
        (2, "`one` is no whole number"),
        (4, "unknown field `timezone`"),
        (4, "unknown time zone 'Asia/Shangai'"),
        (8, "unknown field `stagess`"),
        (11, "unknown fact `sorce`"),
        (15, "`3` has no unit"),
        (18, "unknown field `nam`"),
        (18, "unknown action `cal` in stage `lead`"),
        (21, "unknown ladder `frm`"),
        (27, "these actions wait for one another: send → ask → send"),
        (30, "`choise` is not one of text, number, yes-no, date, choice, money, contact, document"),
        (36, "'soon' is not an offset"),
        (42, "the anchor &h is not allowed"),
    ]


def test_business_days_are_a_fault_around_the_clock() -> None:
    text = changed(("hours: 09:00-18:00", "hours: around-the-clock"))
    told = {
        (fault.line, fault.message.split()[0], fault.hint.split()[1]) for fault in faults_of(text)
    }
    assert told == {(18, "2bd", "2d,"), (21, "3bd", "3d,"), (41, "+2bd", "+2d,")}


def test_a_demo_runs_any_playbook_around_the_clock() -> None:
    demo = "hours: around-the-clock, scale: 86400"
    assert faults_of(changed(("hours: 09:00-18:00", demo))) == ()


def test_a_clock_that_nobody_would_hear_is_a_fault_wherever_it_is() -> None:
    default = GOOD[GOOD.index("  default:\n") : GOOD.index("hold:")]
    told = faults_of(changed((default, "")))
    assert [fault.line for fault in told] == [17, 18, 21]  # minutes, visit, idle; the rest is firm
    assert {fault.message for fault in told} == {
        "nobody would hear of this clock: it names no ladder, and there is no default"
    }


def test_duties_of_one_name_say_the_same() -> None:
    duty = "then: {id: minutes, name: Minutes, within: 24h, answer_within: 24h}"
    twice = ("id: visit, name: Visit", f"id: visit, {duty}, name: Visit")
    assert faults_of(changed(twice)) == ()
    otherwise = (twice[0], twice[1].replace("24h", "48h"))
    (fault,) = faults_of(changed(otherwise))
    assert (fault.line, fault.path) == (18, "stages[0].actions[1].then.id")
    assert "follows two actions" in fault.message


@pytest.mark.parametrize("at", ["-1d", "+1d", "200%"])
def test_what_only_a_running_clock_could_compare_is_not_judged(at: str) -> None:
    """Is 2bd before 1d? That depends on the day."""
    assert faults_of(changed(("at: +2bd", f"at: {at}"))) == ()


@pytest.mark.parametrize("at", ["0d", "100%"])
def test_before_comes_before_the_due_instant_and_after_comes_after_it(at: str) -> None:
    (fault,) = faults_of(changed(("at: 50%", "at: +1bh"), ("at: +2bd", f"at: {at}")))
    assert fault.message == f"{at} comes before +1bh, the rung above it"


def test_an_object_has_no_lines_but_paths() -> None:
    (fault,) = faults_of({**GOOD_OBJECT, "currency": "yuan"})
    assert (fault.line, fault.column, fault.path) == (None, None, "currency")


def test_a_report_has_one_line_for_each_fault() -> None:
    faults = (
        Fault(3, 7, "currency", "`yuan` is no currency", "write CNY"),
        Fault(None, None, "stages[0].id", "`id` is missing", "add it"),
        Fault(None, None, "", "longer than 256 KB", ""),
    )
    assert report(faults, "my.yaml") == (
        "my.yaml:3:7: `yuan` is no currency (write CNY)",
        "my.yaml:stages[0].id: `id` is missing (add it)",
        "my.yaml: longer than 256 KB",
    )


def test_a_fault_hides_nothing_from_a_terminal() -> None:
    (fault,) = faults_of(changed(("kind: money", 'kind: "mo\\u001b[2Jny\\n"')))[1:]
    assert "\\x1b[2J" in fault.message
    assert fault.message.isprintable()


def test_many_faults_are_cut_and_say_so() -> None:
    text = GOOD + "".join(f"extra{n}: x\n" for n in range(500))
    *told, last = faults_of(text)
    assert len(told) == 100
    assert last.message == "there are more faults"
