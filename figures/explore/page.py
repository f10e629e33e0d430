"""A page to play with, one file that loads nothing: the slope of a curve, and models of one ELBO.

It is made of `explore.html.j2` with the styles and the programs beside it written into it, and of
what `rdtheory.experiments.explore` and `explore_toy` solved. Nothing is solved in the browser.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from figures.explore.pack import packed, rounded
from rdtheory.experiments.explore import FEW
from rdtheory.results import atomic_path
from rdtheory.units import in_units, one

HERE = Path(__file__).parent
PROGRAMS = ("drawing.js", "source.js", "toy.js", "explore.js")
SMALL = 12
"""Letters and outputs up to which a channel is a table with its numbers."""
ROOM, MORE_ROOM = 150_000, 320_000
"""Bytes for all channels, and for all marginals of iterates, of a larger source."""


def write_page(path: Path, found: Mapping[str, Any], *, units: str, overwrite: bool) -> None:
    """Write the page of what was found, whole or not at all; see `render`."""
    page = render(found, units=units)
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(page, encoding="utf-8")


def render(found: Mapping[str, Any], *, units: str = "nats") -> str:
    """Return the page of a `source` and a `toy`, as `explore_source` and `explore_toy` have them.

    Rates are shown in `units`, slopes per one of them.
    """
    programs = Markup("\n".join((HERE / name).read_text("utf-8") for name in PROGRAMS))
    data: dict[str, Any] = {
        "units": units, "unit": one(units), "nat": in_units(units),
        "source": _source(found["source"]), "toy": _toy(found["toy"]),
    }  # fmt: skip
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("explore.html.j2").render(
        program=programs,
        program_hash=b64encode(sha256(programs.encode()).digest()).decode(),
        style=Markup((HERE / "explore.css").read_text("utf-8")),
        data=Markup(text.replace("<", "\\u003c")),  # so that nothing in it ends the script
        source=found["source"],
        fine=data["source"]["line"] is not None and len(found["source"]["p_x"]) > FEW,
        units=units,
        unit=one(units),
    )


def _source(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page has of a source: of a large one fewer rows, and fewer iterates."""
    steps, letters, outputs = found["steps"], len(found["p_x"]), len(found["outputs"])
    small = max(letters, outputs) <= SMALL
    rows = list(range(letters))
    in_use = sum(len(step["support"]) for step in steps)
    if not small and letters * in_use > ROOM:
        rows = np.linspace(0, letters - 1, max(2, ROOM // in_use)).round().astype(int).tolist()
    seen = list(range(len(found["iterations"])))
    if not small:
        while len(seen) > 4 and len(seen) * outputs * len(steps) > MORE_ROOM:
            seen = seen[:1] + seen[-1:0:-2][::-1]  # the first and the last stay
    width = 2 if small else 1
    return {
        "name": found["name"],
        "small": small,
        "rows": rows,
        "letters": _names(found["letters"]),
        "outputs": _names(found["outputs"]),
        "line": _line(found["outputs"]),
        "curve": {name: rounded(values) for name, values in found["curve"].items()},
        "iterations": [found["iterations"][at] for at in seen],
        "critical": [at for at, step in enumerate(steps) if step["critical"]],
        **{name: rounded([step[name] for step in steps], 9)
           for name in ("beta", "rate", "distortion", "value")},
        "gap": rounded([step["gap"] for step in steps], 2),
        "steps": [step["steps"] for step in steps],
        "in_use": packed((np.isin(range(outputs), step["support"]) for step in steps), width=1),
        "masses": packed(step["masses"] for step in steps),
        "channel": packed((np.array(step["channel"])[rows] for step in steps), width=width),
        "iterates": {
            "rate": [rounded(np.array(s["iterates"]["rate"])[seen], 5) for s in steps],
            "distortion": [rounded(np.array(s["iterates"]["distortion"])[seen], 5) for s in steps],
            "gap": [rounded(np.array(s["iterates"]["gap"])[seen], 3) for s in steps],
            "marginal": packed(
                (np.array(s["iterates"]["marginal"])[seen] for s in steps), width=width
            ),
        },
    }  # fmt: skip


def _names(places: list[Any]) -> list[str]:
    """Return what letters are called: their numbers, of vectors all of them."""
    return [" ".join(f"{number:.3g}" for number in np.ravel(place)) for place in places]


def _line(places: list[Any]) -> list[float] | None:
    """Return the ends of many places that are evenly spaced on a line, None of others."""
    steps = np.diff(places) if len(places) > SMALL and np.ndim(places) == 1 else np.zeros(1)
    even = steps.min() > 0.0 and np.ptp(steps) < 1e-6 * steps.min()
    return [places[0], places[-1]] if even else None


NUMBERS = ("rate", "distortion", "mutual_information", "marginal_gap", "decoder_gap", "recovery")


def _toy(found: Mapping[str, Any]) -> dict[str, Any]:
    both = [*found["betas"], *found["rates"]]
    return {
        "entropy": found["entropy"],
        "information": found["information"],
        "codes": len(both[0]["marginal"]),
        "bins": len(found["p_x"]),
        "betas": [fit["beta"] for fit in found["betas"]],
        "targets": rounded([fit["target"] for fit in found["rates"]]),
        "fits": {name: rounded([fit[name] for fit in both]) for name in NUMBERS},
        "share": found["rates"][0]["spoiled"]["share"],
        "spoiled": [
            {name: rounded(fit["spoiled"][name]) for name in ("rate", "distortion")}
            for fit in found["rates"]
        ],
        "marginal": packed(fit["marginal"] for fit in both),
        **{name: packed((fit[name] for fit in both), width=1) for name in ("encoder", "decoder")},
    }
