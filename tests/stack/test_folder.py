"""The data folder: one user at a time, logs of the last starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stack.faults import CannotStart
from stack.folder import DataFolder

HOLDER = """
import sys, time
from pathlib import Path
from stack.folder import DataFolder
with DataFolder(Path(sys.argv[1])).locked():
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_user_of_the_folder_is_told_who_has_it(folder: DataFolder) -> None:
    with folder.locked(), pytest.raises(CannotStart) as refusal, folder.locked():
        pass
    assert str(refusal.value) == (
        f"the data folder {folder.path} is in use by process {os.getpid()}; "
        "stop it, or set DATA_DIR (or DEALPACE_DATA_DIR) to another"
    )


def test_the_folder_is_free_again_afterwards(folder: DataFolder) -> None:
    with folder.locked():
        pass
    with folder.locked():
        pass


def test_a_killed_user_holds_nothing(folder: DataFolder) -> None:
    with subprocess.Popen(
        (sys.executable, "-c", HOLDER, str(folder.path)),
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CannotStart, match=f"process {holder.pid};"), folder.locked():
            pass
        holder.kill()
    with folder.locked():
        pass


def test_a_folder_that_cannot_be_made_is_a_clear_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match=r"cannot be used \(.+\); set DATA_DIR"):
        DataFolder(tmp_path / "file" / "data").create()


def test_the_folder_is_for_its_owner_only(folder: DataFolder) -> None:
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_logs_of_the_last_three_starts_are_kept(folder: DataFolder) -> None:
    log = folder.log_of("api")
    for start in range(6):
        folder.rotate_log("api")
        log.write_text(str(start))
    kept = {path.name: path.read_text() for path in folder.logs.iterdir()}
    assert kept == {"api.log": "5", "api.log.1": "4", "api.log.2": "3", "api.log.3": "2"}
