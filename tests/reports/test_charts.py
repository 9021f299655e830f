"""Charts say what they were handed, on pages and in mails, and no value becomes markup."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import web.page
from reports import charts
from reports.survival import Lasting

NASTY = "<script>alert(1)</script>&\"'"


def elements(spec: charts.Spec) -> list[ET.Element]:
    return list(ET.fromstring(charts.svg(spec)).iter())  # noqa: S314 - it is our own drawing


def all_charts(name: str) -> list[charts.Spec]:
    lasting = Lasting(np.array([1.0, 2.0, 5.0]), np.array([True, False, True]))
    return [
        charts.trend(((name, 1), ("W2", None), ("W3", 3)), ("1", "–", name)),
        charts.bars(((name, 4), ("b", 2)), name),
        charts.shares(((1, 0.5, 0.2, 0.8), (2, None, None, None)), name, name),
        charts.curve(lasting.steps(), lasting.quantile(0.5), name, name),
    ]


def test_bars_are_as_long_as_what_they_count_and_stand_in_the_order_given() -> None:
    spec = charts.bars((("quote", 3), ("call", 9)), "deals")
    words = [one.text for one in elements(spec) if one.tag.endswith("text") and one.text]
    assert words == ["quote", "call", "3", "9"]
    first, second = re.findall(r'd="M0,[\d.]+h([\d.]+)v14', charts.svg(spec))
    assert float(second) == pytest.approx(3 * float(first), abs=0.01)


def test_a_curve_ends_where_the_data_ends_and_marks_the_middle() -> None:
    lasting = Lasting(np.array([1.0, 2.0, 4.0, 9.0]), np.array([True, True, True, False]))
    assert [(step.time, step.left) for step in lasting.steps()] == [
        *((0.0, 1.0), (1.0, 0.75), (2.0, 0.5), (4.0, 0.25), (9.0, 0.25))
    ]
    assert all(step.low <= step.left <= step.high for step in lasting.steps())
    with_half = charts.svg(charts.curve(lasting.steps(), 2.0, "days", "closed"))
    without = charts.svg(charts.curve(lasting.steps(), None, "days", "closed"))
    assert with_half.count("role-mark") == without.count("role-mark") + 1


def test_a_curve_of_nobody_is_one_step() -> None:
    nobody = Lasting(np.array([]), np.array([], dtype=np.bool_))
    assert [tuple(step) for step in nobody.steps()] == [(0.0, 1.0, 1.0, 1.0)]


@pytest.mark.parametrize("name", ["quote", NASTY, "决策人未找到"])
def test_every_chart_is_well_formed_whatever_its_words_are(name: str) -> None:
    for spec in all_charts(name):
        assert not [one for one in elements(spec) if one.tag.endswith("script")]
        assert charts.png(spec).startswith(b"\x89PNG\r\n\x1a\n")


def test_colours_are_those_of_the_pages() -> None:
    style = (Path(web.page.STATIC) / "pages.css").read_text()
    light = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]+)", style.partition("@media")[0]))
    assert charts.LIGHT.items() <= light.items()
    used = {one for spec in all_charts("x") for one in re.findall(r"--([a-z0-9-]+)", str(spec))}
    assert used <= charts.LIGHT.keys()
