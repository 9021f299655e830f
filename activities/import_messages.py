"""What travels between the workflow of an import and its activity.

Decides names and shapes only; a change here reaches imports that already run. Imports no SQL and no
HTTP, since workflows import it.
"""

from typing import Final

from deals.model import Instant, Recorded

IMPORT: Final = "Import"
"""The workflow type."""

RUN_IMPORT: Final = "run-import"
"""The activity."""


class ImportJob(Recorded):
    """What somebody uploaded to be imported."""

    import_id: str
    format: str
    file: str
    """The stored main file's id."""
    sides: tuple[str, ...] = ()
    """Ids of the stored side files, which are found by their names."""
    mapping: str
    """The name of a mapping that ships with Dealpace, or the text of one."""
    started_at: Instant
    """The instant of the import: what lies behind it is past."""


def import_workflow_id(import_id: str) -> str:
    """The id of an import's workflow."""
    return f"import-{import_id}"
