"""The supervisor, with small Python programs as children."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.child import Child, Ready
from stack.faults import StackFault
from stack.folder import DataFolder
from stack.running import began
from stack.supervisor import Pace, Supervisor

QUICK = Pace(first_delay=0.01, longest_delay=0.02, look_again=0.01, attempts=3)

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
TELLS_WHEN_STOPPED = """
import signal, sys, time
def leave(*_):
    with open({path!r}, "a") as told:
        told.write({name!r} + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("up", flush=True)
time.sleep(600)
"""


def script(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", code)


def has_printed(folder: DataFolder, name: str, times: int = 1) -> Ready:
    """Ready when the child of that name has written so many lines."""

    async def ready() -> bool:
        log = folder.log_of(name)
        return log.exists() and log.read_text().count("\n") >= times

    return ready


def child(folder: DataFolder, name: str, code: str, grace: float = 10.0) -> Child:
    return Child(name, script(code), ready=has_printed(folder, name), grace=grace)


async def run(folder: DataFolder, *children: Child, pace: Pace = QUICK) -> None:
    """Starts the children one after the other, and stops them."""
    async with Supervisor(folder, Said(), pace) as supervisor:
        for one in children:
            await supervisor.start(one)


async def eventually(ready: Ready) -> None:
    async with asyncio.timeout(30):
        while not await ready():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.01)


class Said:
    """What the person at the terminal was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)


async def test_start_returns_when_every_child_is_ready(folder: DataFolder) -> None:
    async with Supervisor(folder, Said(), QUICK) as supervisor:
        await supervisor.start(child(folder, "one", SLEEPER), child(folder, "two", SLEEPER))
        assert folder.log_of("one").read_text() == "up\n"
        assert folder.log_of("two").read_text() == "up\n"


async def test_a_child_that_dies_is_started_again_and_the_person_is_told(
    folder: DataFolder,
) -> None:
    said = Said()
    async with Supervisor(folder, said, QUICK) as supervisor:
        await supervisor.start(child(folder, "worker", "print('up'); raise SystemExit(3)"))
        await eventually(has_printed(folder, "worker", times=3))
    log = folder.log_of("worker")
    assert said.lines[0] == f"worker died (exit 3), starting it again in 0.01 s; log: {log}"
    assert said.lines[1] == f"worker died (exit 3), starting it again in 0.02 s; log: {log}"


async def test_the_signal_that_killed_a_child_is_named(folder: DataFolder) -> None:
    said = Said()
    code = f"import os; print('up', flush=True); os.kill(os.getpid(), {signal.SIGKILL})"
    async with Supervisor(folder, said, QUICK) as supervisor:
        await supervisor.start(child(folder, "worker", code))
        await eventually(has_printed(folder, "worker", times=2))
    assert said.lines[0].startswith("worker died (SIGKILL)")


async def test_children_are_stopped_last_started_first(folder: DataFolder, tmp_path: Path) -> None:
    told = tmp_path / "told"
    async with Supervisor(folder, Said(), QUICK) as supervisor:
        for name in ("temporal", "worker", "api"):
            code = TELLS_WHEN_STOPPED.format(path=str(told), name=name)
            await supervisor.start(child(folder, name, code))
    assert told.read_text().split() == ["api", "worker", "temporal"]
    assert not folder.running.exists()


async def test_a_child_that_will_not_stop_is_killed(folder: DataFolder) -> None:
    said = Said()
    async with Supervisor(folder, said, QUICK) as supervisor:
        await supervisor.start(child(folder, "deaf", DEAF, grace=0.05))
    assert said.lines == ["deaf did not stop by itself and was killed"]


async def test_in_a_hurry_nobody_waits_for_a_polite_end(folder: DataFolder) -> None:
    said = Said()
    async with Supervisor(folder, said, QUICK) as supervisor:
        await supervisor.start(child(folder, "deaf", DEAF, grace=3600))
        supervisor.hurry()
    assert said.lines == ["deaf did not stop by itself and was killed"]


async def test_a_child_that_never_gets_ready_stops_everything(folder: DataFolder) -> None:
    async def never() -> bool:
        return False

    broken = Child("api", script("raise SystemExit('no such database')"), ready=never)
    with pytest.raises(StackFault) as fault:
        await run(folder, child(folder, "temporal", SLEEPER), broken)
    log = folder.log_of("api")
    assert (
        str(fault.value) == f"api died (exit 1) before it was ready: no such database; log: {log}"
    )
    assert log.read_text().splitlines() == ["no such database"] * QUICK.attempts


async def test_a_child_that_lives_but_is_not_ready_in_time_is_named(folder: DataFolder) -> None:
    async def never() -> bool:
        return False

    impatient = Pace(ready_within=0.05, look_again=0.01)
    with pytest.raises(StackFault, match=r"^api not ready after 0\.05 s; logs: .*logs$"):
        await run(folder, Child("api", script(SLEEPER), ready=never), pace=impatient)


async def test_a_child_that_runs_once_is_ready_when_it_has_ended_well(folder: DataFolder) -> None:
    said = Said()
    async with Supervisor(folder, said, QUICK) as supervisor:
        await supervisor.start(Child("migrate", script("print('done')"), once=True))
        assert folder.log_of("migrate").read_text() == "done\n"
    assert said.lines == []


async def test_a_child_that_runs_once_gets_one_attempt(folder: DataFolder) -> None:
    with pytest.raises(StackFault, match=r"^migrate died \(exit 1\) before it was ready: locked;"):
        async with Supervisor(folder, Said(), QUICK) as supervisor:
            await supervisor.start(
                Child("migrate", script("raise SystemExit('locked')"), once=True)
            )
    assert folder.log_of("migrate").read_text() == "locked\n"


async def test_a_child_gets_the_environment_it_was_given(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INHERITED", "yes")
    code = "import os; print(os.environ['INHERITED'], os.environ['DEALPACE_PORT'])"
    given_port = Child("migrate", script(code), env={"DEALPACE_PORT": "8001"}, once=True)
    async with Supervisor(folder, Said(), QUICK) as supervisor:
        await supervisor.start(given_port)
    assert folder.log_of("migrate").read_text() == "yes 8001\n"


async def test_a_start_puts_the_former_log_aside_and_a_restart_does_not(
    folder: DataFolder,
) -> None:
    log = folder.log_of("worker")
    log.write_text("of the start before\n")
    async with Supervisor(folder, Said(), QUICK) as supervisor:
        await supervisor.start(child(folder, "worker", "print('up'); raise SystemExit(3)"))
        await eventually(has_printed(folder, "worker", times=2))
    assert log.with_name("worker.log.1").read_text() == "of the start before\n"
    assert set(log.read_text().splitlines()) == {"up"}


async def test_a_child_has_a_session_of_its_own_so_that_ctrl_c_reaches_only_us(
    folder: DataFolder,
) -> None:
    code = "import os; print(os.getpid() == os.getsid(0) == os.getpgrp())"
    async with Supervisor(folder, Said(), QUICK) as supervisor:
        await supervisor.start(Child("migrate", script(code), once=True))
    assert folder.log_of("migrate").read_text() == "True\n"


async def test_a_program_that_is_not_there_is_a_clear_fault(folder: DataFolder) -> None:
    with pytest.raises(StackFault, match=r"cannot run /no/such/program: No such file"):
        await run(folder, Child("temporal", ("/no/such/program",), once=True))


SUPERVISOR_TO_BE_KILLED = """
import asyncio, sys
from pathlib import Path
from stack.child import Child
from stack.folder import DataFolder
from stack.supervisor import Supervisor

async def ready():
    return folder.log_of("child").read_text() != ""

async def main():
    async with Supervisor(folder, print) as supervisor:
        await supervisor.start(Child("child", tuple(sys.argv[2:]), ready=ready))
        print("ready", flush=True)
        await supervisor.hold()

folder = DataFolder(Path(sys.argv[1]))
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
async def test_a_killed_supervisor_takes_its_children_along(folder: DataFolder) -> None:
    tells_its_id = script(f"import os; print(os.getpid()); {DEAF}")
    supervisor = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SUPERVISOR_TO_BE_KILLED, str(folder.path), *tells_its_id),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert supervisor.stdout is not None
    assert await supervisor.stdout.readline() == b"ready\n"
    orphan = int(folder.log_of("child").read_text().split()[0])
    assert began(orphan) is not None
    supervisor.kill()
    await supervisor.wait()

    async def is_gone() -> bool:
        return began(orphan) is None

    await eventually(is_gone)


@given(lives=st.lists(st.floats(0, 120), min_size=1))
def test_waits_double_up_to_a_limit_and_a_long_life_is_rewarded(lives: list[float]) -> None:
    pace = Pace()
    wait = 0.0
    for lived in lives:
        previous, wait = wait, pace.delay(wait, lived)
        assert pace.first_delay <= wait <= pace.longest_delay
        if lived >= pace.forgiven_after or not previous:
            assert wait == pace.first_delay
        else:
            assert wait == min(2 * previous, pace.longest_delay)


def test_our_own_process_is_alive() -> None:
    assert began(os.getpid()) is not None


async def test_work_done_while_the_children_run_fails_for_all_to_see(folder: DataFolder) -> None:
    async def work() -> None:
        raise ValueError("no such team")

    with pytest.raises(ValueError, match="no such team"):
        async with Supervisor(folder, Said(), QUICK) as supervisor:
            await supervisor.hold(during=work())


async def test_children_are_kept_while_work_is_done(folder: DataFolder) -> None:
    async with Supervisor(folder, Said(), QUICK) as supervisor:
        await supervisor.start(child(folder, "worker", "print('up'); raise SystemExit(3)"))
        await supervisor.hold(during=eventually(has_printed(folder, "worker", times=3)))
