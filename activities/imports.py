"""The activity that runs an uploaded import to its end.

Decides how an upload becomes files and how an import that cannot succeed is ended: noted, not tried
again. Everything else is tried again, and goes on where it was. Must never know what a row means;
`imports` does.
"""

from __future__ import annotations

import asyncio

from temporalio import activity

from activities.alive import alive
from activities.import_messages import RUN_IMPORT, ImportJob
from imports.faults import BadFile
from imports.load import BadMapping, UnknownMapping, given_mapping
from imports.logbook import Entry, entered, fail, keep
from imports.prepare import prepared
from imports.report import Tally
from imports.run import Starter, Task
from imports.source import Uploaded
from ledger.files import file_content, find_file
from ledger.session import Ledger
from playbooks.fault import PlaybookFaults


class ImportActivities:
    """The activity of imports, with what it stands on."""

    def __init__(self, ledger: Ledger, starter: Starter) -> None:
        """Take what imports need.

        Args:
            ledger: where files are read from and deals recorded.
            starter: makes open deals live; the gateway.
        """
        self._ledger = ledger
        self._starter = starter

    @activity.defn(name=RUN_IMPORT)
    async def run_import(self, job: ImportJob) -> dict[str, int]:
        """Import an upload; again is the same as once.

        Returns:
            How many rows became what; nothing of an import that failed. The ledger tells the rest.
        """
        try:
            async with alive():
                return (await self._imported(job)).counts()
        except (BadFile, BadMapping, PlaybookFaults, UnknownMapping) as fault:
            await fail(self._ledger, job.import_id, str(fault))
            return {}
        except asyncio.CancelledError:
            details = activity.cancellation_details()
            if details is not None and details.cancel_requested:
                await fail(self._ledger, job.import_id, "cancelled")
            raise

    async def _imported(self, job: ImportJob) -> Tally:
        found = given_mapping(job.mapping)
        mapping, playbook = await prepared(found, self._ledger, now=job.started_at, publish=True)
        task = Task(await self._files(job), mapping, playbook, job.started_at)
        run = entered(Entry(job.import_id, job.format), task.files, mapping, now=job.started_at)
        return (await keep(run, task, ledger=self._ledger, starter=self._starter)).tally

    async def _files(self, job: ImportJob) -> Uploaded:
        main = await find_file(self._ledger, job.file)
        sides = {
            (await find_file(self._ledger, side)).name: await file_content(self._ledger, side)
            for side in job.sides
        }
        return Uploaded(main.name, await file_content(self._ledger, job.file), sides)
