"""The `dealpace` command. Wiring only: reads the settings, imports what a command runs, runs it.

Answers go to stdout, errors to stderr in one line each; the exit code is 2 for what the caller has
to change and 1 for what failed. No rule of the product lives here.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

if TYPE_CHECKING:
    from pydantic import ValidationError

    from deals.playbook import Playbook
    from settings import Settings

FAILED: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130  # as a shell says it: 128 + SIGINT

app = typer.Typer(
    help="Runs a sales process: every deal is a durable workflow with a clock of its own.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
playbook = typer.Typer(help="Look after playbooks.", rich_markup_mode=None)
app.add_typer(playbook, name="playbook")

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dealpace {version('dealpace')}")
        raise typer.Exit


@app.callback()
def _before_any_command(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Options that stand before a command."""


@app.command()
def up() -> None:
    """Start everything on this machine, in the foreground; Ctrl-C stops it."""
    from stack import embedded
    from stack.faults import StackFault

    try:
        embedded.up(_settings(), say=typer.echo)
    except StackFault as fault:
        _fail(str(fault), fault.exit_code)


@app.command()
def api() -> None:
    """Serve the web and the API."""
    import uvicorn

    from api.app import create_app
    from stack.faults import CannotStart
    from stack.ports import Listener, check_ports

    settings = _settings()
    try:
        check_ports([Listener("web and API", settings.host, settings.port, "PORT")])
    except CannotStart as refusal:
        _fail(str(refusal))
    _log(settings)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,  # clock seconds; below the patience of `up`
    )


@app.command()
def worker() -> None:
    """Run deals: their workflows and activities."""
    import asyncio

    import worker as room

    settings = _settings()
    _log(settings)
    asyncio.run(room.main(settings))


@app.command()
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say whether it is needed.")] = False,
) -> None:
    """Bring the ledger's tables up to date."""
    from ledger import migrate as tables

    url = _settings().database_url
    if check:
        tables.check(url)
    else:
        tables.upgrade(url)


@playbook.command("check")
def playbook_check(file: Path, as_json: AsJson = False) -> None:
    """Say every fault of a playbook, each with its line; publishes nothing."""
    from playbooks.load import PlaybookFaults, load_playbook, report

    try:
        good = load_playbook(file, year=datetime.now(UTC).year).playbook
    except PlaybookFaults as refusal:
        if as_json:
            _answer({"file": str(file), "faults": [fault._asdict() for fault in refusal.faults]})
        else:
            typer.echo("\n".join(report(refusal.faults, str(file))), err=True)
        raise typer.Exit(BAD_INPUT) from None
    except OSError as problem:
        _fail(f"{file}: {problem.strerror}")
    if as_json:
        _answer({"file": str(file), "faults": [], **_identity(good)})
    else:
        typer.echo(f"{file}: {good.id} version {good.version} can be published ({good.digest})")


def _identity(good: "Playbook") -> dict[str, object]:
    return {"playbook": good.id, "version": good.version, "digest": good.digest}


def _answer(data: Mapping[str, object]) -> None:
    """Data for a program: one line of JSON."""
    typer.echo(json.dumps(data, ensure_ascii=False))


def _settings() -> "Settings":
    """The settings of the environment; a wrong one ends the command."""
    from pydantic import ValidationError

    from settings import Settings

    try:
        return Settings()
    except ValidationError as refusal:
        _fail("; ".join(_of_settings(refusal)))


def _of_settings(refusal: "ValidationError") -> Iterator[str]:
    """What is wrong with the settings, by the variable each of them has."""
    from settings import ENV_PREFIX

    for fault in refusal.errors():
        if fault["type"] == "default_factory_not_called":
            continue  # it follows from another fault
        variable = "".join(f"{ENV_PREFIX}{name}: ".upper() for name in fault["loc"])
        yield variable + fault["msg"].removeprefix("Value error, ")


def _log(settings: "Settings") -> None:
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


def _fail(message: str, code: int = BAD_INPUT) -> NoReturn:
    typer.echo(f"dealpace: {message}", err=True)
    raise typer.Exit(code)


def main() -> NoReturn:
    """Runs the command line and ends the process."""
    _leave(_exit_code())


def _exit_code() -> int:
    try:
        code = app(prog_name="dealpace", standalone_mode=False)
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


def _leave(code: int) -> NoReturn:
    """Ends the process; at once where the Temporal client's threads could abort a polite end."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    if "temporalio" in sys.modules:
        os._exit(code)  # Source: sdk-python#300, seen here once in some forty runs
    sys.exit(code)


if __name__ == "__main__":
    main()
