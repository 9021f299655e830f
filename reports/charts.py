"""Charts of reports, by Altair: one drawing for the page, for print and for mails.

Decides shapes and sizes; colours are the pages' tokens (`var(--ink)`), which a browser resolves in
its theme, and `LIGHT` where there is none. Values that matter stand as text beside a chart: it
draws marks and few words, and these are handed in. Must never count anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
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

_STEPS: Final = 200
_TOUCHED: Final = 40
"""Steps of a curve that are drawn, and places where it answers a pointer. Choices: no eye tells
more apart on that width, no hand aims better."""

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
"""A chart as Vega-Lite has it."""


def trend(values: Sequence[tuple[str, float | None]], said: Sequence[str]) -> Spec:
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


def bars(rows: Sequence[tuple[str, int]], counted: str) -> Spec:
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


def shares(
    rows: Sequence[tuple[int, float | None, float | None, float | None]], words: Mapping[str, str]
) -> Spec:
    """A share for each number of something, with its interval.

    Args:
        rows: the number, the share of 1, and the ends of its interval.
        words: `across` and `up` name the axes.
    """
    names = ("k", "share", "low", "high")
    values = [dict(zip(names, row, strict=True)) for row in rows if row[1] is not None]
    across = alt.X("k:O", title=words["across"], axis=alt.Axis(labelAngle=0))
    percent = alt.Axis(format="~%", tickCount=4)
    up = alt.Y("share:Q", title=words["up"], axis=percent, scale=alt.Scale(zero=True))
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=across,
        tooltip=[
            alt.Tooltip("k:O", title=words["across"]),
            alt.Tooltip("share:Q", title=words["up"], format=".0%"),
        ],
    )
    band = base.mark_rule(color="var(--accent)", opacity=0.4, strokeWidth=5)
    drawn = band.encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q")) + base.mark_point().encode(y=up)
    return _spec(drawn.properties(width=_WIDTH - 60, height=_TALL))


def curve(steps: Sequence[Step], half: float | None, words: Mapping[str, str]) -> Spec:
    """The share that has ended by each day, with its band; a rule where half have.

    Args:
        steps: what is left from each day on.
        half: the day by which half have ended; None: so many have not.
        words: `across` and `up` name the axes.
    """
    every = max(1, len(steps) // _STEPS)
    values = [
        {"days": one.time, "share": 1 - one.left, "low": 1 - one.high, "high": 1 - one.low}
        for one in (*steps[:-1:every], *steps[-1:])
    ]
    across = alt.X("days:Q", title=words["across"], axis=alt.Axis(grid=False, tickCount=6))
    percent = alt.Axis(format="~%", tickCount=4)
    whole = alt.Scale(domain=[0, 1])
    base = alt.Chart(alt.InlineData(values=values)).encode(x=across)
    band = base.mark_area(interpolate="step-after", color="var(--accent)", opacity=0.15)
    drawn = band.encode(y=alt.Y("low:Q", scale=whole), y2=alt.Y2("high:Q"))
    up = alt.Y("share:Q", title=words["up"], axis=percent, scale=whole)
    drawn += base.mark_line(interpolate="step-after").encode(y=up)
    touched = alt.Chart(alt.InlineData(values=values[:: max(1, len(values) // _TOUCHED)]))
    drawn += touched.mark_rule(opacity=0, strokeWidth=_WIDTH / _TOUCHED).encode(
        x=across,
        tooltip=[
            alt.Tooltip("days:Q", title=words["across"], format=".0f"),
            alt.Tooltip("share:Q", title=words["up"], format=".0%"),
        ],
    )
    if half is not None:
        middle = alt.Chart(alt.InlineData(values=[{"days": half}]))
        drawn += middle.mark_rule(strokeDash=[2, 3]).encode(x=across)
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


@lru_cache(maxsize=256)  # a choice: the charts of some dozens of readers
def _svg(spec: str) -> str:
    return vl_convert.vegalite_to_svg(spec)


def _spec(drawn: alt.TopLevelMixin) -> Spec:
    spec: Spec = drawn.to_dict(validate=False)
    return spec | {"config": dict(_CONFIG)}
