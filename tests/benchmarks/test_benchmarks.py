"""The benchmarks run, and their verdicts follow from their figures. How fast is never asserted."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS
from benchmarks.contender import PER_SUBJECT, subject
from benchmarks.load import Load, ratio, together
from benchmarks.opportunities import opportunities
from benchmarks.report import Report, Target, as_data

ROOT = Path(__file__).parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DEALPACE_TEMPORAL_ADDRESS": "nobody.invalid:7233"}
    env.pop("XDG_RUNTIME_DIR", None)  # another test's database may have made it its own
    return subprocess.run(
        (sys.executable, "-m", "benchmarks", *arguments),
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(600)  # an engine and four programs start; a busy machine takes its time
@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_runs_by_itself_and_says_what_it_found(name: str, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    ran = bench(name, "--quick", "--json", str(figures))
    assert (ran.returncode, ran.stderr) == (0, "")
    (report,) = json.loads(figures.read_text())
    assert report["benchmark"] == name
    assert all(table["rows"] for table in report["tables"])
    assert all(target["what"] in ran.stdout for target in report["targets"])
    if name == "actions":
        assert {row[-1] for row in report["tables"][0]["rows"]} == {0}, "answers that do not count"


def test_a_name_that_is_none_is_refused_with_those_there_are() -> None:
    ran = bench("speed")
    assert ran.returncode == 2
    assert all(name in ran.stderr for name in BENCHMARKS)


@pytest.mark.parametrize(
    ("measured", "bound", "met"),
    [
        (1.0, "at least", True),
        (0.99, "at least", False),
        (1.0, "at most", True),
        (1.01, "at most", False),
        (math.nan, "at least", False),
        (math.nan, "at most", False),
    ],
)
def test_a_target_is_met_up_to_its_limit(measured: float, bound: str, met: bool) -> None:  # noqa: FBT001 - the expected verdict
    target = Target("speed", measured, bound, 1.0)  # type: ignore[arg-type] # from a parameter
    assert target.met is met
    (data,) = as_data([Report("all", (), (target,))])
    assert data["targets"][0]["met"] is met


def test_percentiles_are_of_all_latencies_in_milliseconds() -> None:
    load = Load(done=100, latencies=[place / 1000 for place in range(100, 0, -1)], seconds=2.0)
    assert (load.percentile(0.5), load.percentile(0.99), load.rate) == (51, 100, 50)
    assert math.isnan(Load().percentile(0.5))


def test_a_ratio_is_the_median_of_the_rounds_not_of_all_together() -> None:
    floors = [Load(done=done, seconds=1.0) for done in (100, 10, 100)]
    ours = [Load(done=done, seconds=1.0) for done in (50, 20, 60)]
    assert ratio(ours, floors, lambda load: load.rate) == 0.6


def test_loads_together_keep_every_command_and_all_cpu() -> None:
    one = Load(done=1, latencies=[0.1], seconds=1.0, cpu={"api": 0.2}, others=1)
    both = together([one, one])
    assert both == Load(2, [0.1, 0.1], 2.0, {"api": 0.4}, 2)
    assert both.cpu_each("api") == pytest.approx(200)


def test_a_caller_goes_on_to_its_next_subject_after_so_many_commands() -> None:
    sent = [0, PER_SUBJECT - 1, PER_SUBJECT, 2 * PER_SUBJECT]
    assert [subject(["a", "b"], one) for one in sent] == ["a", "a", "b", "a"]


def test_invented_opportunities_are_the_same_every_time(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        file = opportunities(tmp_path / name, 5, invented=True)
        texts.append(file.read_text())
    assert texts[0] == texts[1]
    assert texts[0].count("Engaging") == 5
