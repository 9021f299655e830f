"""What a benchmark says: tables of figures, and targets with their verdicts.

Decides how figures are shown to people and to programs. Must never measure.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.table import Table as Shown

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Figures side by side; the first column says of what."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Target:
    """One figure that was promised."""

    what: str
    measured: float
    bound: Literal["at least", "at most"]
    limit: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the promise holds; a figure that is no number breaks it."""
        if self.bound == "at least":
            return self.measured >= self.limit
        return self.measured <= self.limit


@dataclass(frozen=True)
class Report:
    """One benchmark's findings."""

    benchmark: str
    tables: tuple[Table, ...]
    targets: tuple[Target, ...] = ()


def show(report: Report, console: Console) -> None:
    """Print a report."""
    console.rule(f"[bold]{report.benchmark}", align="left")
    for table in report.tables:
        _print(console, table.title, table.columns, table.rows)
    if report.targets:
        columns = ("target", "measured", "limit", "verdict")
        rows = [
            (
                target.what,
                _text(target.measured, target.unit),
                f"{target.bound} {_text(target.limit, target.unit)}",
                "met" if target.met else "[bold]missed[/]",
            )
            for target in report.targets
        ]
        _print(console, "", columns, rows)


def as_data(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """The reports as plain data, each target with its verdict."""
    return [
        {**asdict(one), "targets": [{**asdict(each), "met": each.met} for each in one.targets]}
        for one in reports
    ]


def _print(
    console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> None:
    shown = Shown(title=title or None, title_justify="left", box=box.SIMPLE, pad_edge=False)
    for number, column in enumerate(columns):
        shown.add_column(column, justify="right" if number else "left", no_wrap=not number)
    for row in rows:
        shown.add_row(*(_text(cell) for cell in row))
    console.print(shown)


def _text(cell: Cell, unit: str = "") -> str:
    """A cell with as many digits as mean something."""
    if cell is None:
        return "-"
    if isinstance(cell, float):
        cell = f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:,.{1 if abs(cell) >= 10 else 2}f}"  # noqa: PLR2004 - digits, not limits
    elif isinstance(cell, int):
        cell = f"{cell:,}"
    return f"{cell} {unit}".rstrip()
