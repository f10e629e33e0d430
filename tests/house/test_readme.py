"""What the README shows is what the code does."""

import re
import subprocess
import sys

import pytest

from tests.conftest import MAIN_JOB, ROOT
from tests.make.readme import TEXT

PRINTED = 1e-3  # nats; restarts end at other points of the same optimum on other machines


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def _shown_table() -> dict[str, list[str]]:
    (block,) = _blocks("text")
    rows = [line.split() for line in block.splitlines()[2:]]
    return {row[0]: row[1:] for row in rows}


def test_the_python_blocks_run_in_order():
    names: dict[str, object] = {}
    blocks = _blocks("python")
    assert len(blocks) >= 3
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)


def test_the_shell_block_of_the_main_job_runs(main_job):
    (command,) = re.findall(r"&& python cli\.py (.*)", "".join(_blocks("sh")))
    assert tuple(command.split()) == MAIN_JOB
    assert (main_job / "runs" / "toy-1" / "figure2.png").exists()
    printed = (main_job / "stdout").read_text().splitlines()
    assert [line.split()[0] for line in printed if line[:1] == " "][1:] == list(_shown_table())[:3]


@pytest.mark.slow
@pytest.mark.parametrize("command", re.findall(r"^python (cli\.py .*)", TEXT, flags=re.MULTILINE))
def test_the_other_shell_blocks_run(command, tmp_path):
    script, *arguments = command.split()
    done = subprocess.run(
        [sys.executable, str(ROOT / script), *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr


@pytest.mark.parametrize("name", ["optimal", "elbo", "target", "smoothest"])
def test_the_table_shows_what_the_command_finds(toy_result, name):
    rate, distortion, information, excess, *_, recovered, converged = _shown_table()[name]
    model = toy_result["models"][name]
    assert float(rate) == pytest.approx(model["rate"], abs=PRINTED)
    assert float(distortion) == pytest.approx(model["distortion"], abs=PRINTED)
    assert float(information) == pytest.approx(model["mutual_information"], abs=PRINTED)
    assert float(excess) <= 1e-6
    assert model["excess"] <= 1e-6
    restarts = toy_result["restarts"].get(name, [])
    among = [restart["recovery"] for restart in restarts] or [model["recovery"]]
    assert min(among) - 1e-3 <= float(recovered) <= max(among) + 1e-3
    if restarts:
        assert converged == f"{sum(r['converged'] for r in restarts)}/{len(restarts)}"
    else:
        assert converged == "-"


def test_every_file_that_the_readme_names_is_there():
    named = re.findall(r"\((figures/[^)]+)\)", TEXT)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_command_that_the_readme_names_exists(run):
    named = set(re.findall(r"python cli\.py (\w+)", TEXT))
    assert named
    assert [name for name in named if run(name, "--help").exit_code != 0] == []
