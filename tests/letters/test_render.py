"""Templates become plain text in a person's language and zone; values stay on their lines."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from letters import render as rendering
from letters.forms import Forms
from letters.render import LONGEST_SUBJECT, environment, render
from letters.words import Language

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A template of the test's own, called `one`."""
    monkeypatch.setattr(rendering, "FOLDER", tmp_path)
    environment.cache_clear()
    yield tmp_path / "one.txt"
    environment.cache_clear()


@pytest.mark.parametrize(
    ("language", "zone", "subject", "first", "last"),
    [
        (
            "en",
            "Europe/Berlin",
            "A test from Dealpace",
            "This channel works: letters of Dealpace will come here.",
            "Written on Mon, Mar 2, 2026, 02:30. Times are Central European Time.",
        ),
        (
            "zh",
            "Asia/Shanghai",
            "Dealpace 测试消息",
            "此渠道可用：Dealpace 的消息将发送到这里。",
            "写于2026年3月2日周一 09:30。文中时间均为中国时间。",
        ),
    ],
)
def test_a_letter_is_in_the_language_and_the_zone_of_its_reader(
    language: Language, zone: str, subject: str, first: str, last: str
) -> None:
    text = render("test", {"at": AT}, language=language, time_zone=zone)
    assert text == (subject, f"{first}\n\n{last}\n")


def test_no_value_begins_a_line(template: Path) -> None:
    template.write_text("Deal {{ deal }}\n\nAbout {{ deal }}.\n")
    evil = "a\r\nBcc: all@example.com\n\nb\x85c\u2028d\x00e\x1b[1mf"
    text = render("one", {"deal": evil}, language="en", time_zone="UTC")
    assert text.subject == "Deal a Bcc: all@example.com b c d e [1mf"
    assert text.body == "About a Bcc: all@example.com b c d e [1mf.\n"


def test_no_value_is_taken_for_markup_or_a_template(template: Path) -> None:
    template.write_text("{{ deal }}\n{{ deal }}\n")
    said = "A&B <C> {{ 1 + 1 }} %(x)s"
    assert render("one", {"deal": said}, language="en", time_zone="UTC") == (said, f"{said}\n")


def test_a_long_subject_is_cut(template: Path) -> None:
    template.write_text("{{ deal }}\nBody\n")
    text = render("one", {"deal": "x" * 500}, language="en", time_zone="UTC")
    assert text.subject == "x" * (LONGEST_SUBJECT - 1) + "…"


def test_a_value_that_is_missing_is_a_fault(template: Path) -> None:
    template.write_text("{{ deal }}\n")
    with pytest.raises(UndefinedError):
        render("one", {}, language="en", time_zone="UTC")


def test_blank_lines_of_left_out_parts_are_joined(template: Path) -> None:
    template.write_text("S\n\n\n\none   \n\n\n\ntwo\n\n\n")
    assert render("one", {}, language="en", time_zone="UTC") == ("S", "one\n\ntwo\n")


ENGLISH = Forms("en", ZoneInfo("America/New_York"))
CHINESE = Forms("zh", ZoneInfo("Asia/Shanghai"))


def test_instants_and_dates_are_those_of_the_persons_clock() -> None:
    assert ENGLISH.when(AT) == "Sun, Mar 1, 2026, 20:30"
    assert CHINESE.when(AT) == "2026年3月2日周一 09:30"
    assert (ENGLISH.day(AT), CHINESE.day(AT)) == ("Sun, Mar 1, 2026", "2026年3月2日周一")
    assert ENGLISH.day(date(2026, 3, 2)) == "Mon, Mar 2, 2026"
    assert (ENGLISH.clock(AT), CHINESE.clock(AT)) == ("20:30", "09:30")


@pytest.mark.parametrize(
    ("length", "english", "chinese"),
    [
        (timedelta(0), "1 minute", "1分钟"),
        (timedelta(minutes=-5), "5 minutes", "5分钟"),
        (timedelta(hours=1), "1 hour", "1小时"),
        (timedelta(hours=26), "1 day", "1天"),
        (timedelta(days=3), "3 days", "3天"),
    ],
)
def test_a_length_of_time_has_its_plural(length: timedelta, english: str, chinese: str) -> None:
    assert (ENGLISH.length(length), CHINESE.length(length)) == (english, chinese)


def test_amounts_and_shares_follow_their_currency_and_language() -> None:
    assert ENGLISH.money(1_234_567, "USD") == "$12,345.67"
    assert ENGLISH.money(500, "JPY") == "¥500"
    assert CHINESE.money(1_234_567, "CNY") == "¥12,345.67"
    assert ENGLISH.percent(0.125) == "12.5%"
    assert CHINESE.number(12_345) == "12,345"


def test_a_zone_is_called_by_its_name() -> None:
    assert ENGLISH.zone_name() == "Eastern Time"
    assert CHINESE.zone_name() == "中国时间"
    assert Forms("zh", ZoneInfo("UTC")).zone_name() == "UTC"


def test_items_are_listed_as_the_language_lists_them() -> None:
    assert ENGLISH.listed(["a", "b", "c"]) == "a, b, and c"
    assert CHINESE.listed(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert (ENGLISH.listed(["a"]), CHINESE.listed([])) == ("a", "")
