"""What the READMEs show is what the code does; `test_readme_lines` runs their shell lines."""

import re
import tomllib
from pathlib import Path

import click
import pytest

from cli import cli
from tests.conftest import MAIN_JOB, ROOT
from tests.make.readme import NAMES, TEXT, TEXTS, blocks, languages, shell_lines, table

FRONT = "README.md"
PRINTED = 1e-3  # nats; restarts end at other points of the same optimum on other machines


def _shown_table() -> dict[str, list[str]]:
    rows = [line.split() for line in blocks(FRONT, "text")[0].splitlines()[2:]]
    return {row[0]: row[1:] for row in rows}


def _commands(group: click.Group = cli, before: str = "") -> dict[str, click.Command]:
    """Every command of the command line by its words, groups too."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found[before + name] = command
        if isinstance(command, click.Group):
            found |= _commands(command, f"{before}{name} ")
    return found


# -- code -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_python_blocks_of_a_page_run_in_order(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    for block in blocks(name, "python"):
        exec(compile(block, name, "exec"), names)


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_of_a_language_that_is_tested(name):
    assert languages(name) <= {"python", "sh", "text"}
    assert len(re.findall(r"^ *```", TEXTS[name], flags=re.MULTILINE)) % 2 == 0


def test_the_first_code_on_the_front_page_has_twelve_lines():
    (block,) = blocks(FRONT, "python")
    assert len([line for line in block.splitlines() if line.strip()]) == 12


def test_the_extras_that_are_installed_are_those_of_the_project():
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    asked = [line for name in NAMES for line in shell_lines(name) if line.words[0] == "pip"]
    assert len(asked) >= 4
    for line in asked:
        verb, option, place = line.words[1:]
        assert (verb, option) == ("install", "-e")
        assert place == "." or place.removeprefix(".[").removesuffix("]") in known
    assert {extra for extra in re.findall(r"extra `(\w+)`", TEXT)} <= set(known)


# -- what the front page promises -----------------------------------------------------------------


def test_the_front_page_is_short():
    assert len(TEXTS[FRONT].splitlines()) <= 150


def test_the_first_line_is_the_main_job(main_job):
    line = shell_lines(FRONT)[1]
    assert line.words[:2] == ("python", "cli.py")
    assert line.words[2:] == MAIN_JOB
    assert (main_job / "runs" / "toy-1" / "figure2.png").exists()
    printed = (main_job / "stdout").read_text().splitlines()
    assert [line.split()[0] for line in printed if line[:1] == " "][1:] == list(_shown_table())[:3]


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


def test_the_toy_table_of_the_front_page_is_that_of_the_results():
    rows = {row[0]: row[1:] for row in table("figures/results/README.md", "| model | R | D | I")}
    for name, cells in _shown_table().items():
        assert [*cells[:4], *cells[6:]] == rows[name]


# -- names ----------------------------------------------------------------------------------------


def test_every_command_is_on_the_front_page_and_every_other_is_known():
    rows = table(FRONT, "| command | what it does |")
    shown = {name for row in rows for name in re.split(r"`?, `", row[0])}
    commands = _commands()
    assert shown == set(commands) - {"bench"}
    named = re.findall(r"python cli\.py ([a-z]+)", TEXT)
    assert set(named) <= set(commands)


def test_every_option_that_is_named_is_one():
    known = {name for command in _commands().values() for option in command.params
             for name in (*option.opts, *option.secondary_opts)}  # fmt: skip
    shown = re.sub(r"python -m pytest.*|timeout .*?m ", "", TEXT)
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown))
    assert named - known == {"--help", "--v"}  # --v is a family


def test_the_options_that_all_commands_are_said_to_take_are_theirs():
    for name, command in _commands().items():
        options = {name for option in command.params for name in option.opts}
        assert name == "bench" or "--json" in options


def _anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name):
    links = re.findall(r"\]\(([^)\s]+)\)", TEXTS[name])
    assert links
    for link in links:
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", Path(target).read_text(), flags=re.MULTILINE)
            assert anchor in map(_anchor, headings), link


def test_the_front_page_leads_to_the_other_pages():
    for name in NAMES[1:]:
        assert f"({name})" in TEXTS[FRONT]
