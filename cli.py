"""The `dealpace` command. Wiring only: reads the settings, imports what a command runs, runs it.

What is heavy is imported by the command that needs it, so that --version and --help stay quick. No
rule of the product lives here.
"""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeVar

import typer

from stack.terminal import FAILED, answer, end_with, fail, keep_log, progress, show

if TYPE_CHECKING:
    from gateway import Gateway
    from ledger.session import Ledger
    from settings import Settings
    from stack.embedded import OnceReady

ResultT = TypeVar("ResultT")

app = typer.Typer(
    help="Runs a sales process: every deal is a durable workflow with a clock of its own.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
playbook = typer.Typer(help="Look after playbooks.", rich_markup_mode=None)
app.add_typer(playbook, name="playbook")

Format = Literal["csv", "salesforce", "hubspot", "pipedrive"]
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
    _up(_settings())


@app.command()
def demo() -> None:
    """The same, with a demo team at work on demo deals whose days take seconds."""
    settings = _settings()
    _up(settings, lambda: _demo_team(settings))


async def _demo_team(settings: "Settings") -> None:
    import asyncio

    from demo.acting import act
    from demo.seed import seed
    from demo.showcase import show, tell

    async with _opened(settings) as (ledger, gateway):
        added = await seed(ledger, gateway, datetime.now(UTC))
        typer.echo(f"The demo team is at work ({added} new deals).")
        shown = await show(ledger, gateway, datetime.now(UTC))
        url = f"http://{settings.host}:{settings.port}"
        await asyncio.gather(act(ledger, gateway), tell(ledger, shown, typer.echo, url))


def _up(settings: "Settings", once_ready: "OnceReady | None" = None) -> None:
    from stack import embedded
    from stack.faults import StackFault

    try:
        embedded.up(settings, typer.echo, once_ready)
    except StackFault as fault:
        fail(str(fault), fault.exit_code)


@app.command()
def api() -> None:
    """Serve the web and the API."""
    from stack.faults import CannotStart
    from stack.ports import Listener, check_ports
    from web.serving import serve
    from web.site import create_site

    settings = _settings()
    try:
        check_ports([Listener("web and API", settings.host, settings.port, "PORT")])
    except CannotStart as refusal:
        fail(str(refusal))
    keep_log(settings.log_level)
    if not serve(create_site(settings), settings.host, settings.port):
        raise typer.Exit(1)


@app.command()
def worker() -> None:
    """Run deals: their workflows and activities."""
    import uvloop

    import worker as room

    settings = _settings()
    keep_log(settings.log_level)
    uvloop.run(room.main(settings))


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


@app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Make every current row anew from the events."""
    from ledger.rebuild import rebuild as run

    async def rows() -> dict[str, int]:
        async with _opened(_settings()) as (ledger, _):
            return await run(ledger, progress("events"))

    made = _run(rows())
    answer(made, [f"{table}: {count} rows" for table, count in made.items()], as_json=as_json)


@app.command()
def audit(as_json: AsJson = False) -> None:
    """Compare the ledger with itself and with every open deal; exit code 1 if they differ."""
    from audit import audit as run
    from ledger.audit import Difference

    async def found() -> list[Difference]:
        async with _opened(_settings()) as (ledger, gateway):
            return await run(ledger, gateway, progress("deals"))

    differences = [asdict(difference) for difference in _run(found())]
    lines = ["{deal_id} {where}: {expected}, but {found}".format(**one) for one in differences]
    answer({"differences": differences}, lines or ["No difference."], as_json=as_json)
    raise typer.Exit(FAILED if differences else 0)


@app.command("import")
def import_file(
    file: Path,
    form: Annotated[Format, typer.Option("--format", help="Where the file comes from.")] = "csv",
    mapping: Annotated[
        str | None, typer.Option("--map", help="A mapping's file, or a shipped one's name.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of each row.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take over deals from another system: closed ones as history, open ones as running deals."""
    from imports.command import ImportRefused, Wanted, cli_run
    from imports.report import ImportReport

    async def imported() -> ImportReport:
        async with _opened(_settings()) as (ledger, gateway):
            starter = None if dry_run else gateway
            return await cli_run(
                Wanted(file, form, mapping), ledger=ledger, starter=starter, say=show
            )

    try:
        report = _run(imported())
    except ImportRefused as refusal:
        fail(str(refusal))
    answer(report.as_json(), report.as_lines(), as_json=as_json)


@app.command("export")
def export_log(
    form: Annotated[Literal["xes", "ocel", "csv"], typer.Option("--format", help="As what.")],
    output: Annotated[Path | None, typer.Option("--output", help="A file; else stdout.")] = None,
) -> None:
    """Write the whole event log for tools that mine processes."""
    from exports.command import export_to

    async def written() -> int:
        async with _opened(_settings()) as (ledger, _):
            return await export_to(ledger, form, output, progress("deals"))

    try:
        events = _run(written())
    except OSError as problem:
        fail(f"{output}: {problem.strerror}")
    if output:
        answer({}, [f"{events:,} events are in {output}"], as_json=False)


@playbook.command("check")
def playbook_check(file: Path, as_json: AsJson = False) -> None:
    """Say every fault of a playbook, each with its line; publishes nothing."""
    from stack.playbook_file import identity, loaded

    good = loaded(file, as_json=as_json).playbook
    line = f"{file}: {good.id} version {good.version} can be published ({good.digest})"
    answer(identity(file, good), [line], as_json=as_json)


@playbook.command("publish")
def playbook_publish(file: Path, as_json: AsJson = False) -> None:
    """Publish a playbook for new deals; a version once published never changes."""
    from ledger.playbooks import PlaybookPublished, publish_playbook
    from stack.playbook_file import identity, loaded

    good, source = loaded(file, as_json=as_json)

    async def publish() -> bool:
        async with _opened(_settings()) as (ledger, _):
            return await publish_playbook(ledger, good, source, now=datetime.now(UTC))

    try:
        is_new = _run(publish())
    except PlaybookPublished as refusal:
        fail(str(refusal))
    line = f"{good.id} version {good.version} {'is' if is_new else 'was already'} published"
    answer({**identity(file, good), "new": is_new}, [line], as_json=as_json)


def _run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    import asyncio  # a third of the time that --version would take

    return asyncio.run(work)


@asynccontextmanager
async def _opened(settings: "Settings") -> "AsyncIterator[tuple[Ledger, Gateway]]":
    """The ledger, and the way to running deals; connects when it is used."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from gateway import Gateway
    from ledger.session import Ledger
    from workflows.client import connect

    ledger = Ledger.open(settings.database_url, time_zone=settings.time_zone)
    try:
        client = await connect(settings, lazy=True)
        yield ledger, Gateway(client, ledger, task_queue=settings.task_queue)
    except (OperationalError, ProgrammingError) as fault:  # no file, no tables, nobody listens
        fail(f"the ledger cannot be used: {fault.orig}; `dealpace migrate` makes one", FAILED)
    finally:
        await ledger.close()


def _settings() -> "Settings":
    from settings import BadSettings, read_settings

    try:
        return read_settings()
    except BadSettings as refusal:
        fail(str(refusal))


def main() -> NoReturn:
    """Runs the command line and ends the process."""
    end_with(lambda: app(prog_name="dealpace", standalone_mode=False))


if __name__ == "__main__":
    main()
