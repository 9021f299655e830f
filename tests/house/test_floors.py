"""What Import Linter cannot say: it reads packages only, and knows no list of what is allowed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.house.tree import CORE, NOT_ROOMS, ROOT, ROOT_MODULES, floors, modules, product, project

MAY_IMPORT_THE_CLIENT = {"activities", "cli", "gateway", "worker", "workflows"} | NOT_ROOMS
MAY_READ_SETTINGS = {"cli", "settings", "stack", "web", "worker", "api/app.py"} | NOT_ROOMS
CORE_PARTS = {"holidays", "pydantic", "pydantic_core", "tzdata"}


def test_every_room_stands_under_the_import_contract() -> None:
    rooms = {module.room for module in product()} - set(ROOT_MODULES)
    assert rooms == set(project()["tool"]["importlinter"]["root_packages"])
    assert rooms <= set(floors())


def test_every_room_is_packaged() -> None:
    found = project()["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {f"{module.room}*" for module in product() if module.room not in ROOT_MODULES} <= set(
        found
    )


def test_root_modules_import_only_from_floors_below() -> None:
    offences = [
        f"{module.path} imports {name}"
        for module in product()
        if module.room in ROOT_MODULES
        for name in module.imports()
        if (imported := name.split(".")[0]) in floors()
        and (module.room == "settings" or floors()[imported] >= floors()[module.room])
    ]
    assert not offences


def test_only_the_doors_read_the_settings() -> None:
    offences = [
        str(module.path)
        for module in modules()
        if not {module.room, module.path.as_posix()} & MAY_READ_SETTINGS
        and any(name.split(".")[0] == "settings" for name in module.imports())
    ]
    assert not offences


def test_only_the_gateway_and_those_who_connect_import_the_temporal_client() -> None:
    offences = [
        str(module.path)
        for module in modules()
        if module.room not in MAY_IMPORT_THE_CLIENT
        and any(f"{name}.".startswith("temporalio.client.") for name in module.imports())
    ]
    assert not offences


def test_the_core_imports_the_standard_library_pydantic_and_calendar_data_only() -> None:
    allowed = CORE_PARTS | set(sys.stdlib_module_names) | {CORE}
    offences = [
        f"{module.path} imports {name}"
        for module in modules()
        if module.room == CORE
        for name in module.imports()
        if name.split(".")[0] not in allowed
    ]
    assert not offences


def test_an_import_from_the_floor_above_fails_the_check(tmp_path: Path) -> None:
    height, rooms = floors(), project()["tool"]["importlinter"]["root_packages"]
    climbs = [
        (room, above)
        for room in rooms
        for above in height
        if height[above] == height[room] + 1 or (height[above] == height[room] and above != room)
    ]
    for room in rooms:
        above = [f"import {imported}\n" for importer, imported in climbs if importer == room]
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("".join(above))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--contract", "floors"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1
    unseen = [
        f"{a} imports {b}"
        for a, b in climbs
        if f"{a} is not allowed to import {b}" not in checked.stdout
    ]
    assert not unseen
