"""How a command talks to the person or program that gave it, and how its process ends.

Answers go to stdout, errors to stderr in one line each; the exit code is 2 for what the caller has
to change and 1 for what failed. It knows no command, and imports nothing heavy.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Final, NoReturn

import typer

FAILED: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130  # as a shell says it: 128 + SIGINT

_CLEARED: Final = "\r\x1b[K"  # to the line's beginning, and nothing on it


def fail(message: str, code: int = BAD_INPUT) -> NoReturn:
    """Ends the command with one line on stderr."""
    typer.echo(f"dealpace: {message}", err=True)
    raise typer.Exit(code)


def keep_log(level: str) -> None:
    """Lets a command that runs for long keep a log, from that level up, on stderr."""
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


def answer(data: Mapping[str, object], lines: Iterable[str], *, as_json: bool) -> None:
    """The command's result: one line of JSON for a program, or these lines for a person."""
    if sys.stderr.isatty():
        typer.echo(_CLEARED, err=True, nl=False)
    text = json.dumps(data, ensure_ascii=False, default=str) if as_json else "\n".join(lines)
    typer.echo(text)


def show(line: str) -> None:
    """How far long work has come, over what was shown before; on a terminal only."""
    if sys.stderr.isatty():
        typer.echo(f"{_CLEARED}{line}\r", err=True, nl=False)


def progress(what: str) -> Callable[..., None]:
    """Something to tell how many are done, of how many."""

    def done(count: int, total: int | None = None) -> None:
        show(f"{count:,} of {total:,} {what}" if total else f"{count:,} {what}")

    return done


def end_with(run: Callable[[], object]) -> NoReturn:
    """Runs the command line, then ends the process with the exit code of what became of it."""
    code = _exit_code(run)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    if "temporalio" in sys.modules:
        # The threads of its client abort a polite end now and then, and the exit code with it.
        # Source: sdk-python#300; measured here once in some forty runs.
        os._exit(code)
    sys.exit(code)


def _exit_code(run: Callable[[], object]) -> int:
    try:
        code = run()
    except typer.TyperException as misuse:  # an unknown command, a missing argument
        problem = misuse.format_message().rstrip(".")
        typer.echo(f"dealpace: {problem} (see dealpace --help)", err=True)
        return BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as failure:
        if logging.getLogger().handlers:  # a command that keeps a log says it there in full
            logging.getLogger("dealpace").exception("the command failed")
        reason = str(failure).strip().partition("\n")[0]
        typer.echo(f"dealpace: {type(failure).__name__}: {reason}", err=True)
        return FAILED
    return code if isinstance(code, int) else 0
