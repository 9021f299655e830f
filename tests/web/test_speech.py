"""How times, spans and amounts are written, and how a clock is drawn."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from letters.words import Language
from tests.deals.lives import Life
from web import words
from web.clock_line import TICK, line_of, state_of
from web.speech import Speech

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 5, 40, tzinfo=UTC)
"""Monday, 13:40 in Shanghai."""

PLACES = re.compile(r"%\((\w+)\)[ds]")


def speech(language: Language = "en") -> Speech:
    return Speech(language, SHANGHAI, NOW)


@pytest.mark.parametrize(
    ("length", "en", "zh"),
    [
        (timedelta(days=1, hours=22, minutes=59), "1 d 22 h", "1天22小时"),
        (timedelta(hours=3, minutes=40, seconds=59), "3 h 40 m", "3小时40分"),
        (timedelta(minutes=8), "8 m", "8分"),
        (timedelta(days=2), "2 d", "2天"),
        (timedelta(days=2, minutes=5), "2 d", "2天"),
        (timedelta(seconds=59), "", ""),
        (-timedelta(hours=2), "2 h", "2小时"),
    ],
)
def test_a_span_has_two_units_and_promises_nothing(length: timedelta, en: str, zh: str) -> None:
    assert (speech().span(length), speech("zh").span(length)) == (en, zh)


def test_where_a_day_takes_seconds_seconds_are_told() -> None:
    assert speech().span(timedelta(seconds=75), in_seconds=True) == "1 m 15 s"


@pytest.mark.parametrize(
    ("instant", "en", "zh"),
    [
        ("2026-11-23T08:00Z", "today 16:00", "今天 16:00"),
        ("2026-11-23T16:00Z", "tomorrow 00:00", "明天 00:00"),
        ("2026-11-21T07:30Z", "Sat 21 Nov 15:30", "11月21日 周六 15:30"),
        ("2025-11-21T07:30Z", "Fri 21 Nov 2025 15:30", "2025年11月21日 周五 15:30"),
    ],
)
def test_an_instant_is_told_by_the_readers_day(instant: str, en: str, zh: str) -> None:
    at = datetime.fromisoformat(instant)
    assert (speech().at(at), speech("zh").at(at)) == (en, zh)


@pytest.mark.parametrize(
    ("minor", "currency", "full", "short", "zh"),
    [
        (286_000_000, "CNY", "¥2,860,000", "¥2.86 M", "¥286万"),
        (9_200_000, "EUR", "€92,000", "€92 k", "€9.2万"),
        (50, "USD", "$0.50", "$0.5", "$0.5"),
        (7_000, "JPY", "JPY 7,000", "JPY 7 k", "JPY 7,000"),
        (14_550_000_000, "CNY", "¥145,500,000", "¥146 M", "¥1.46亿"),
    ],
)
def test_amounts_are_short_in_lists(
    minor: int, currency: str, full: str, short: str, zh: str
) -> None:
    assert speech().money(minor, currency) == full
    assert speech().short_money(minor, currency) == short
    assert speech("zh").short_money(minor, currency) == zh


def test_a_clock_stands_as_the_reader_lives() -> None:
    life = Life()
    clock = life.clock("idle")  # due on Wednesday, 18:00 in Shanghai
    assert state_of(clock, now=life.now, zone=SHANGHAI) == "soon"
    assert state_of(clock, now=life.now - timedelta(days=3), zone=SHANGHAI) == "ok"
    assert state_of(clock, now=clock.due_at - timedelta(hours=3), zone=SHANGHAI) == "today"
    life.wait(days=3)
    assert state_of(life.clock("idle"), now=life.now, zone=SHANGHAI) == "late"
    life.send("place_hold", until="2026-11-30T01:00:00Z", reason="fair")
    assert state_of(life.clock("stay"), now=life.now, zone=SHANGHAI) == "paused"


def test_the_line_comes_to_the_tick_when_it_is_due_and_then_from_rung_to_rung() -> None:
    life = Life()
    clock = life.clock("idle")
    half = clock.started_at + (clock.due_at - clock.started_at) / 2
    assert line_of(clock, life.book, "soon", half).used == pytest.approx(TICK / 2)
    assert line_of(clock, life.book, "today", clock.due_at).used == TICK
    line = line_of(clock, life.book, "late", clock.rungs[1])
    assert [one.to for one in line.rungs] == ["manager", "pool"]
    assert line.used == pytest.approx(line.rungs[0].x)
    assert line_of(clock, life.book, "late", clock.rungs[-1] + timedelta(days=9)).used < 100


def written() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(
        Path(words.__file__).parent / "templates",
        method_map=[("**.html", "jinja2.ext:babel_extract")],
        options_map={
            "**.html": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
        },
    )
    return {message if isinstance(message, str) else tuple(message) for _, _, message, *_ in found}


def test_every_word_of_a_page_is_in_chinese_with_the_values_of_the_english_one() -> None:
    with (words.FOLDER / "zh.po").open("rb") as file:
        kept = [one for one in read_po(file, locale="zh", abort_invalid=True) if one.id]
    assert {one.id if isinstance(one.id, str) else tuple(one.id) for one in kept} == written()
    for message in kept:
        forms = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string or ())
        values = {name for form in forms for name in PLACES.findall(form)}
        for form in said:
            assert re.search("[\u4e00-\u9fff]", form), message.id
            assert set(PLACES.findall(form)) == values, message.id
