"""The checkout as the house tests see it: its files, its modules, its floors."""

import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
ROOT_MODULES: Final = ("audit", "cli", "gateway", "settings", "worker")
NOT_ROOMS: Final = {"benchmarks", "docs", "tests"}
CORE: Final = "deals"


class Module(NamedTuple):
    """A Python file of ours, read and parsed."""

    path: Path
    source: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The folder or root module it belongs to."""
        return self.path.parts[0].removesuffix(".py")

    def imports(self) -> Iterator[str]:
        """Every imported name, dotted; `from a import b` is `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def files() -> tuple[Path, ...]:
    """Files that are or would be committed, relative to the root."""
    git = shutil.which("git")
    assert git, "the house tests ask git which files are ours"
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return tuple(sorted({Path(name) for name in listed if name and (ROOT / name).is_file()}))


@cache
def modules() -> tuple[Module, ...]:
    """Every Python module of ours."""
    sources = ((path, (ROOT / path).read_text("utf-8")) for path in files() if path.suffix == ".py")
    return tuple(Module(path, source, ast.parse(source)) for path, source in sources)


@cache
def product() -> tuple[Module, ...]:
    """The modules that are installed: no tests, benchmarks, documents or migrations."""
    return tuple(
        module
        for module in modules()
        if module.room not in NOT_ROOMS and "migrations" not in module.path.parts
    )


@cache
def project() -> dict[str, Any]:
    """pyproject.toml, parsed."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@cache
def floors() -> dict[str, int]:
    """Each room's floor; 0 is the ground floor. Read from the import contract, its one home."""
    contracts = project()["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(each["layers"] for each in contracts if each["id"] == "floors")
    return {
        room: floor
        for floor, layer in enumerate(reversed(layers))
        for room in re.findall(r"\w+", layer)
    }
