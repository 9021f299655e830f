"""A playbook's file, as the command line is given one.

Decides how its faults are told. Must never publish anything.
"""

from datetime import UTC, datetime
from pathlib import Path

import typer

from deals.playbook import Playbook
from playbooks.load import Loaded, PlaybookFaults, load_playbook, report
from stack.terminal import BAD_INPUT, answer, fail


def loaded(file: Path, *, as_json: bool) -> Loaded:
    """The playbook in that file; a bad one ends the command with every fault it has."""
    try:
        return load_playbook(file, year=datetime.now(UTC).year)
    except PlaybookFaults as refusal:
        if as_json:
            faults = [fault._asdict() for fault in refusal.faults]
            answer({"file": str(file), "faults": faults}, [], as_json=True)
        else:
            typer.echo("\n".join(report(refusal.faults, str(file))), err=True)
        raise typer.Exit(BAD_INPUT) from None
    except OSError as problem:
        fail(f"{file}: {problem.strerror}")


def identity(file: Path, good: Playbook) -> dict[str, object]:
    """Which playbook a file holds."""
    said = {"playbook": good.id, "version": good.version, "digest": good.digest}
    return {"file": str(file), **said, "faults": []}
