"""What holds for the whole suite: no test is skipped unseen, and garbage waits for its turn."""

import gc
from collections.abc import Iterator

import pytest

from worker import collect_seldom


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="fail the run if any test was skipped (CI)"
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a green run with skips into a failed one where nothing may be skipped."""
    if not session.config.getoption("--no-skips"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not (skipped := reporter.stats.get("skipped")):
        return
    reporter.write_line(f"\n--no-skips: {len(skipped)} skipped", red=True)
    if session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="module", autouse=True)
def collected() -> Iterator[None]:
    """Look at all that is in memory between modules only, as a worker does it seldom.

    After thousands of tests one look takes long. Where it falls within a workflow's task and the
    machine is busy, the SDK takes the pause for a deadlock and interrupts the task.
    """
    collect_seldom()
    yield
    gc.collect()
