"""Charts of reports, by Altair: one drawing for the page, for print and for mails.

Decides shapes and sizes; colours are the pages' tokens (`var(--ink)`), which a browser resolves in
its theme, and `LIGHT` where there is none. Values that matter stand as text beside a chart: it
draws marks and few words, and these are handed in. Must never count anything.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import altair as alt
import vl_convert

from reports.survival import Step

LIGHT: Final = {
    "paper": "#fafaf7",
    "line": "#e3e3dd",
    "edge": "#868c94",
    "ink": "#17191c",
    "ink2": "#4c525a",
    "ink3": "#666c74",
    "accent": "#2b4fd0",
    "accent-soft": "#eaeefc",
}
"""Tokens on paper. Source: the look; the pages' style has the same."""

FONT: Final = "Inter, system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"

SCALE: Final = 2
"""Pixels of a picture for each of its points. A choice: screens that are read on have two."""

_TOKEN: Final = re.compile(r"var\(--([a-z0-9-]+)\)")
_WIDTH: Final = 440
_ROW: Final = 24
_TALL: Final = 180
_LONGEST_LABEL: Final = 150
"""Points. Choices: half a page, a line of text, and room for axes."""

_STEPS: Final = 120
_TOUCHED: Final = 40
_DIGITS: Final = 3
"""Steps of a curve that are drawn, where it answers a pointer, and digits of a share. Choices: no
eye tells more apart, no hand aims better; and what looks the same is not drawn again."""

_CONFIG: Final[Mapping[str, Any]] = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--ink3)",
        "titleColor": "var(--ink2)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domain": False,
        "ticks": False,
        "gridColor": "var(--line)",
        "labelLimit": _LONGEST_LABEL,
        "labelPadding": 6,
    },
    "bar": {"color": "var(--edge)"},
    "line": {"color": "var(--accent)", "strokeWidth": 2},
    "point": {"color": "var(--accent)", "filled": True, "opacity": 1, "size": 60},
    "text": {"color": "var(--ink2)", "fontSize": 12},
    "rule": {"color": "var(--ink)"},
}

Spec = dict[str, Any]
"""A chart as Vega-Lite has it. Nobody changes one: the same may be shown again."""

_kept = lru_cache(maxsize=256)  # a choice: the charts of some dozens of readers


@_kept
def trend(values: tuple[tuple[str, float | None], ...], said: tuple[str, ...]) -> Spec:
    """A line from period to period, its last point marked.

    Args:
        values: by period, in order; None where nothing is known.
        said: each value as it is read.
    """
    rows = [
        {"place": place, "period": period, "value": value, "said": text}
        for place, ((period, value), text) in enumerate(zip(values, said, strict=True))
    ]
    known = [row for row in rows if row["value"] is not None]
    across = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[0, max(1, len(rows) - 1)]))
    up = alt.Y("value:Q", axis=None, scale=alt.Scale(zero=False))
    tooltip = [alt.Tooltip("period:N", title=" "), alt.Tooltip("said:N", title="  ")]
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=across, y=up, tooltip=tooltip)
    last = alt.Chart(alt.InlineData(values=known[-1:])).encode(x=across, y=up, tooltip=tooltip)
    drawn = base.mark_line(strokeWidth=1.5, color="var(--ink2)")
    drawn += last.mark_point(size=30, color="var(--ink2)")
    return _spec(drawn.properties(width=80, height=28, padding=4))


@_kept
def bars(rows: tuple[tuple[str, int], ...], counted: str) -> Spec:
    """How often, in the order given; the first one is what matters.

    Args:
        rows: what is counted, and how often.
        counted: what one is of, for whoever points at it.
    """
    values = [{"what": what, "n": n, "first": place == 0} for place, (what, n) in enumerate(rows)]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("what:N", sort=None, title=None),
        tooltip=[alt.Tooltip("what:N", title=" "), alt.Tooltip("n:Q", title=counted)],
    )
    across = alt.X("n:Q", axis=None)
    colour = alt.condition("datum.first", alt.value("var(--accent)"), alt.value("var(--edge)"))
    drawn = base.mark_bar(height=14).encode(x=across, color=colour)
    drawn += base.mark_text(align="left", dx=6).encode(x=across, text="n:Q")
    # Labels are as wide as the reader's letters, which whoever lays them out does not know.
    room = {"left": 16, "top": 4, "bottom": 4, "right": 24}
    drawn = drawn.properties(
        width=_WIDTH - _LONGEST_LABEL - 56, height=alt.Step(_ROW), padding=room
    )
    return _spec(drawn)


@_kept
def shares(
    rows: tuple[tuple[int, float | None, float | None, float | None], ...], across: str, up: str
) -> Spec:
    """A share for each number of something, with its interval.

    Args:
        rows: the number, the share of 1, and the ends of its interval.
        across: name of the axis.
        up: of the other one.
    """
    names = ("k", "share", "low", "high")
    values = [dict(zip(names, row, strict=True)) for row in rows if row[1] is not None]
    x = alt.X("k:O", title=across, axis=alt.Axis(labelAngle=0))
    percent = alt.Axis(format="~%", tickCount=4)
    y = alt.Y("share:Q", title=up, axis=percent, scale=alt.Scale(zero=True))
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=x,
        tooltip=[
            alt.Tooltip("k:O", title=across),
            alt.Tooltip("share:Q", title=up, format=".0%"),
        ],
    )
    band = base.mark_rule(color="var(--accent)", opacity=0.4, strokeWidth=5)
    drawn = band.encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q")) + base.mark_point().encode(y=y)
    return _spec(drawn.properties(width=_WIDTH - 60, height=_TALL))


def curve(steps: tuple[Step, ...], half: float | None, across: str, up: str) -> Spec:
    """The share that has ended by each day, with its band; a rule where half have.

    Args:
        steps: what is left from each day on.
        half: the day by which half have ended; None: so many have not.
        across: name of the axis.
        up: of the other one.
    """
    last = round(steps[-1].time, 1)
    ended = tuple(
        (day, *(round(1 - share, _DIGITS) for share in (one.left, one.high, one.low)))
        for day, one in _by_day(steps, last)
    )
    return _curve(ended, None if half is None else round(half, 1), across, up)


def _by_day(steps: tuple[Step, ...], last: float) -> Iterator[tuple[float, Step]]:
    """The step that holds on each of the days drawn."""
    times = [one.time for one in steps]
    for day in sorted({round(last * n / _STEPS, 1) for n in range(_STEPS + 1)}):
        yield day, steps[max(0, bisect_right(times, day) - 1)]


@_kept
def _curve(ended: tuple[tuple[float, ...], ...], half: float | None, across: str, up: str) -> Spec:
    values = [dict(zip(("days", "share", "low", "high"), one, strict=True)) for one in ended]
    x = alt.X("days:Q", title=across, axis=alt.Axis(grid=False, tickCount=6))
    percent = alt.Axis(format="~%", tickCount=4)
    whole = alt.Scale(domain=[0, 1])
    base = alt.Chart(alt.InlineData(values=values)).encode(x=x)
    band = base.mark_area(interpolate="step-after", color="var(--accent)", opacity=0.15)
    drawn = band.encode(y=alt.Y("low:Q", scale=whole), y2=alt.Y2("high:Q"))
    y = alt.Y("share:Q", title=up, axis=percent, scale=whole)
    drawn += base.mark_line(interpolate="step-after").encode(y=y)
    touched = alt.Chart(alt.InlineData(values=values[:: max(1, len(values) // _TOUCHED)]))
    drawn += touched.mark_rule(opacity=0, strokeWidth=_WIDTH / _TOUCHED).encode(
        x=x,
        tooltip=[
            alt.Tooltip("days:Q", title=across, format=".0f"),
            alt.Tooltip("share:Q", title=up, format=".0%"),
        ],
    )
    if half is not None:
        middle = alt.Chart(alt.InlineData(values=[{"days": half}]))
        drawn += middle.mark_rule(strokeDash=[2, 3]).encode(x=x)
    return _spec(drawn.properties(width=_WIDTH - 60, height=_TALL))


def titled(spec: Spec, title: str) -> Spec:
    """The same with a title, where it stands alone."""
    shown = {"text": title, "anchor": "start", "color": "var(--ink)", "fontSize": 14, "offset": 8}
    return spec | {"title": shown}


def svg(spec: Spec) -> str:
    """The chart as markup, which takes its colours from the page around it."""
    return _svg(json.dumps(spec, sort_keys=True))


def png(spec: Spec) -> bytes:
    """The chart as a picture on paper."""
    text = _TOKEN.sub(lambda found: LIGHT[found[1]], json.dumps(spec))
    on_paper = json.loads(text) | {"background": LIGHT["paper"], "padding": 16}
    return vl_convert.vegalite_to_png(on_paper, scale=SCALE)


@_kept
def _svg(spec: str) -> str:
    return vl_convert.vegalite_to_svg(spec)


def _spec(drawn: alt.TopLevelMixin) -> Spec:
    spec: Spec = drawn.to_dict(validate=False)
    return spec | {"config": dict(_CONFIG)}
