"""Which images a command is asked for by --data and --data-from, where it takes any."""

from pathlib import Path

import click


def images_asked(dataset: str, data: str) -> dict[str, str]:
    """Return the entries of `RunSettings` for what --data and --data-from say.

    --data is a name, or a place with the files of mnist. `ValueError` where it is neither, or a
    source whose images are larger than those of the command's --preset.
    """
    from rdneural.records.settings import DATASETS, check_source, is_source

    if dataset == "mnist5k":
        return {"dataset": "mnist", "data": "mnist5k"}
    if dataset not in DATASETS:
        if not is_source(dataset) and Path(dataset).is_dir():
            return {"dataset": "mnist", "data": dataset}
        check_source(dataset)
        _check_fits(dataset, click.get_current_context().params["preset"])
    return {"dataset": dataset, "data": data}


def _check_fits(dataset: str, preset: str) -> None:
    from rdneural.records.sizes import SIZES
    from rdtheory.sources.images import named_image_source

    preset = "quick" if preset == "auto" else preset
    if preset in SIZES and named_image_source(dataset).side > (side := SIZES[preset].side):
        raise ValueError(
            f"--data must fit the {side}x{side} pixels of preset {preset}, got {dataset}"
        )
