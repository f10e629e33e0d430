"""Which images a command is asked for by --data, and by what goes with it."""

from collections.abc import Mapping
from typing import Any

import click

from rdneural.commands.options import with_options

own_options = (
    click.option("--binarise", metavar="RULE",
                 help="What makes own grey images binary: sample, threshold:T or resampled."),
    click.option("--split-seed", default=0, show_default=True, metavar="N",
                 help="Of the order by which own images that are in no splits are put in some."),
    click.option("--likelihood", default="bernoulli", show_default=True, metavar="NAME",
                 help="Of pixels, for own images that stay grey: categorical:L or logistic:L of "
                 "L levels, or normal."),
)  # fmt: skip
"""Options of own images."""

dataset_options = (
    click.option("--data", "dataset", default="mnist", show_default=True, metavar="WHAT",
                 help="mnist, omniglot, mnist5k, a source such as bars:4x4, or own images: a file, "
                 "a folder of pictures or a function (faces.py:load)."),
    click.option("--data-from", "data", default="auto", show_default=True, metavar="WHERE",
                 help="A directory with the files of what --data names, or auto."),
    *own_options,
)  # fmt: skip
"""Which images, where a command takes any: `images_asked` makes one of them."""

data_options = with_options(
    click.option("--data", metavar="WHERE",
                 help="As of the training command.  [default: the run's]"),
    click.option("--binarise", metavar="RULE", help="Of own images.  [default: the run's]"),
    click.option("--split-seed", type=int, metavar="N",
                 help="Of own images.  [default: the run's]"),
)  # fmt: skip
"""Which images a run is measured on."""


def images_asked(
    dataset: str,
    data: str,
    binarise: str | None = None,
    split_seed: int = 0,
    likelihood: str = "bernoulli",
) -> dict[str, Any]:
    """Return the entries of `RunSettings` for what --data and --data-from say.

    --data is a name or a place. `ValueError` where it is neither, its images are not usable as far
    as can be seen at once, or it is a source whose images are larger than those of --preset.
    """
    from rdneural.data.named import naming
    from rdneural.records.own import OWN, rule_for

    rule = rule_for(likelihood, binarise)
    found = naming(dataset, where=data, binarise=rule, split_seed=split_seed)
    if found["dataset"] == OWN and data != "auto":
        raise ValueError(f"--data-from goes with published images, got it with {dataset}")
    _check_fits(found["dataset"], click.get_current_context().params["preset"])
    return found


def check_images(asked: Mapping[str, Any]) -> None:
    """Raise `ValueError` where the own images of a run are not usable; they are read once."""
    from rdneural.data.own import load_own
    from rdneural.records.own import LATER_OF_OWN, OWN

    if asked["dataset"] == OWN:
        load_own(**{name: asked[name] for name in ("data", *LATER_OF_OWN)})


def _check_fits(dataset: str, preset: str) -> None:
    from rdneural.records.settings import is_source
    from rdneural.records.sizes import SIZES
    from rdtheory.sources.images import named_image_source

    preset = "quick" if preset == "auto" else preset
    if not is_source(dataset) or preset not in SIZES:
        return
    if named_image_source(dataset).side > (side := SIZES[preset].side):
        raise ValueError(
            f"--data must fit the {side}x{side} pixels of preset {preset}, got {dataset}"
        )
