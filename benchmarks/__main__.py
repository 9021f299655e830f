"""`python -m benchmarks [NAME ...]`: measures speed and cost, each figure beside its floor.

Prints figures and verdicts. A missed target is a finding, not a failure: the exit code says only
whether everything could be measured.
"""

import argparse
import json
import os
import sys
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import uvloop
from rich.console import Console

from benchmarks import actions, deadlines, history, imports, pages, reports, start, working_time
from benchmarks.children import BenchmarkFault
from benchmarks.report import Report, as_data, show
from benchmarks.scale import FULL, QUICK, Scale
from settings import ENV_PREFIX


class Run(Protocol):
    """Measures."""

    def __call__(self, scale: Scale) -> Coroutine[Any, Any, Report]:
        """Measure so much."""


BENCHMARKS: Final[Mapping[str, Run]] = {
    module.NAME: module.run
    for module in (actions, deadlines, history, imports, pages, reports, start, working_time)
}

WIDTH: Final = 140  # columns where nobody has a terminal; a choice: the widest table


def main(arguments: Sequence[str]) -> int:
    """Runs the benchmarks that are named, all if none is; the exit code."""
    given = _parser().parse_args(arguments)
    for name in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
        del os.environ[name]  # the settings of some installation are not those measured here
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    reports = []
    for name in given.names or BENCHMARKS:
        try:
            report = uvloop.run(BENCHMARKS[name](QUICK if given.quick else FULL))
        except BenchmarkFault as fault:
            sys.stderr.write(f"{name} could not be measured: {fault}\n")
            return 1
        show(report, console)
        reports.append(report)
    if given.json:
        given.json.write_text(json.dumps(as_data(reports), indent=2) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    about = "Measures speed and cost, each figure beside its floor (docs/benchmarks.md)."
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=about)
    known = ", ".join(BENCHMARKS)
    parser.add_argument("names", nargs="*", type=_known, metavar="NAME", help=f"of {known}; or all")
    parser.add_argument("--quick", action="store_true", help="only show that they run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


def _known(name: str) -> str:
    if name not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"there is no {name}, but {', '.join(BENCHMARKS)}")
    return name


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # the Temporal client's threads can abort a polite end: sdk-python#300
