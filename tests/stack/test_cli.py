"""The command line: what it answers, what it refuses and with which exit code."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def free_ports(free_port: Callable[[], int]) -> dict[str, str]:
    names = ("PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT")
    return {f"DEALPACE_{name}": str(free_port()) for name in names}


def dealpace(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if "DEALPACE_" not in name}
    return subprocess.run(
        (sys.executable, "-m", "cli", *arguments),
        env={**clean, **variables},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )


def assert_refused(answer: subprocess.CompletedProcess[str], *words: str) -> None:
    """One line on stderr with these words, nothing on stdout, exit code 2."""
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("dealpace: ")
    assert answer.stderr.count("\n") == 1
    assert all(word in answer.stderr for word in words), answer.stderr


def test_it_tells_its_version() -> None:
    answer = dealpace("--version")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("dealpace ")


def test_version_and_help_load_no_room() -> None:
    code = (
        "import sys, cli\n"
        "heavy = {'temporalio', 'sqlalchemy', 'fastapi', 'uvicorn', 'pydantic', 'rich'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    root = Path(__file__).parents[2]
    answer = subprocess.run(
        (sys.executable, "-c", code), cwd=root, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing command (see dealpace --help)"),
        (("nope",), "No such command 'nope'"),
        (("up", "--nope"), "No such option: --nope"),
        (("playbook", "check"), "Missing argument 'file'"),
    ],
    ids=["nothing", "unknown-command", "unknown-option", "missing-argument"],
)
def test_misuse_is_one_line_and_exit_code_2(arguments: tuple[str, ...], words: str) -> None:
    assert_refused(dealpace(*arguments), words)


def test_every_wrong_setting_is_named_by_its_variable() -> None:
    answer = dealpace("up", DEALPACE_PORT="x", DEALPACE_TEMPORAL_ADDRESS="nowhere")
    assert_refused(answer, "DEALPACE_PORT: ", "DEALPACE_TEMPORAL_ADDRESS: ")
    assert "DATABASE_URL" not in answer.stderr


def test_settings_that_do_not_go_together_are_one_line_too() -> None:
    answer = dealpace("up", DEALPACE_TEMPORAL_API_KEY="key")
    assert_refused(answer, "DEALPACE_TEMPORAL_API_KEY needs DEALPACE_TEMPORAL_TLS=true")


def test_up_with_a_taken_port_names_it_and_starts_nothing(
    tmp_path: Path, free_ports: dict[str, str]
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen(1)
        taken = str(holder.getsockname()[1])
        variables = {**free_ports, "DEALPACE_TEMPORAL_PORT": taken}
        answer = dealpace("up", DEALPACE_DATA_DIR=str(tmp_path), **variables)
    assert_refused(answer, f"port {taken} (Temporal) is taken; set TEMPORAL_PORT")
    assert not (tmp_path / "temporal.db").exists()


def test_up_without_a_temporal_says_what_to_do(tmp_path: Path, free_ports: dict[str, str]) -> None:
    missing = str(tmp_path / "temporal")
    variables = {**free_ports, "DEALPACE_TEMPORAL_BINARY": missing}
    answer = dealpace("up", DEALPACE_DATA_DIR=str(tmp_path), **variables)
    assert_refused(answer, f"DEALPACE_TEMPORAL_BINARY={missing} is not a program")


@pytest.mark.parametrize("name", ["equipment-sales", "short-pipeline"])
def test_the_shipped_playbooks_can_be_published(name: str) -> None:
    answer = dealpace("playbook", "check", f"playbooks/{name}.yaml", "--json")
    assert (answer.returncode, answer.stderr) == (0, "")
    said = json.loads(answer.stdout)
    assert (said["playbook"], said["faults"]) == (name, [])
    assert dealpace("playbook", "check", f"playbooks/{name}.yaml").stdout.count(said["digest"]) == 1


def test_a_broken_playbook_is_refused_with_the_line_of_every_fault(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "playbooks" / "short-pipeline.yaml"
    broken = tmp_path / "broken.yaml"
    broken.write_text(shipped.read_text() + "nonsense: 1\n")
    line = broken.read_text().count("\n")

    answer = dealpace("playbook", "check", str(broken))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith(f"{broken}:{line}:")

    as_data = dealpace("playbook", "check", str(broken), "--json")
    assert (as_data.returncode, as_data.stderr) == (2, "")
    assert json.loads(as_data.stdout)["faults"][0]["line"] == line


def test_a_playbook_is_published_once_and_never_changed(tmp_path: Path) -> None:
    installation = {"DEALPACE_DATA_DIR": str(tmp_path)}
    file = tmp_path / "mine.yaml"
    shipped = Path(__file__).parents[2] / "playbooks" / "short-pipeline.yaml"
    file.write_text(shipped.read_text())
    assert dealpace("migrate", **installation).returncode == 0

    first = dealpace("playbook", "publish", str(file), "--json", **installation)
    assert (first.returncode, json.loads(first.stdout)["new"]) == (0, True)
    again = dealpace("playbook", "publish", str(file), "--json", **installation)
    assert (again.returncode, json.loads(again.stdout)["new"]) == (0, False)

    file.write_text(shipped.read_text().replace("en: Short pipeline", "en: Another"))
    changed = dealpace("playbook", "publish", str(file), **installation)
    assert_refused(changed, "short-pipeline version 1 is published already, and is another one")


def test_an_empty_ledger_is_migrated_and_rebuilt(tmp_path: Path) -> None:
    installation = {"DEALPACE_DATA_DIR": str(tmp_path)}
    assert dealpace("migrate", **installation).returncode == 0
    assert dealpace("migrate", "--check", **installation).returncode == 0
    rebuilt = dealpace("rebuild", "--json", **installation)
    assert (rebuilt.returncode, rebuilt.stderr) == (0, "")
    assert set(json.loads(rebuilt.stdout).values()) == {0}


def test_an_import_that_cannot_be_says_why(tmp_path: Path) -> None:
    installation = {"DEALPACE_DATA_DIR": str(tmp_path)}
    assert dealpace("migrate", **installation).returncode == 0
    missing = str(tmp_path / "deals.csv")
    away = dealpace("import", missing, "--map", "maven-crm", "--dry-run", **installation)
    assert_refused(away, "deals.csv: it cannot be read: No such file or directory")
    unmapped = dealpace("import", missing, "--map", "nonsense", "--dry-run", **installation)
    assert_refused(unmapped, "`nonsense` is no file, and no mapping's name")
    assert_refused(dealpace("import", missing, "--format", "fax"), "'fax' is not one of 'csv'")


def test_a_database_that_cannot_be_reached_is_one_line(tmp_path: Path) -> None:
    away = dealpace("migrate", DEALPACE_DATABASE_URL=f"sqlite:///{tmp_path}")
    assert (away.returncode, away.stdout) == (1, "")
    assert away.stderr.startswith("dealpace: ")
    assert away.stderr.count("\n") == 1


def test_a_playbook_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    assert_refused(dealpace("playbook", "check", str(tmp_path / "none.yaml")), "No such file")


@pytest.mark.parametrize("command", ["audit", "rebuild"])
def test_without_a_ledger_it_says_how_to_make_one(command: str, tmp_path: Path) -> None:
    answer = dealpace(command, DEALPACE_DATA_DIR=str(tmp_path / "none"))
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "the ledger cannot be used" in answer.stderr
    assert "dealpace migrate" in answer.stderr
    assert answer.stderr.count("\n") == 1
