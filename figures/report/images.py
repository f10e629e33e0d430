"""The images of the page, written into it: what runs reconstruct, and the figures of the sweep."""

from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from figures.choice.choose import samples_of
from figures.parts.reading import read_images
from figures.parts.sheet import put
from rdneural.records.table import Row
from rdtheory.checks import Array

ACROSS = 8
"""Images of a run side by side."""
FRAME = 0.3
"""Grey of the lines between images."""


def images_of(directory: Path, row: Row) -> dict[str, Any] | None:
    """Return a run's images as one picture of five rows, or None where it has no samples."""
    path = samples_of(directory, row)
    if Path(row["run"]).name != row["run"] or not path.exists():
        return None
    sheet = _sheet(read_images(path))
    stream = BytesIO()
    grey = np.round(255 * (1 - sheet)).astype(np.uint8)
    Image.fromarray(grey).save(stream, "PNG", optimize=True)
    return {"source": data_uri(stream.getvalue()), "width": grey.shape[1], "height": grey.shape[0]}


def _sheet(images: Mapping[str, Array]) -> Array:
    """Return the images of each array in a row of their own, white where there are none."""
    step = images["data"].shape[1] + 1
    across = min(ACROSS, max(map(len, images.values())))
    sheet = np.zeros((step * len(images) + 1, step * across + 1))
    for index, stack in enumerate(images.values()):
        for column, image in enumerate(stack[:across]):
            put(sheet, image, step * index + 1, step * column + 1, frame=FRAME)
    return sheet


def figure_of(path: Path, text: str) -> dict[str, Any]:
    """Return a figure of the directory, to be written into the page."""
    try:
        content = path.read_bytes()
        with Image.open(BytesIO(content), formats=["PNG"]) as image:
            image.verify()
            width, height = image.size
    except (OSError, SyntaxError, UnidentifiedImageError) as error:
        raise ValueError(f"{path} must be a readable PNG, got {error}") from error
    return {
        "name": path.stem, "source": data_uri(content), "width": width, "height": height,
        "text": text,
    }  # fmt: skip


def data_uri(content: bytes) -> str:
    """Return the content of a PNG as an address that is the content itself."""
    return f"data:image/png;base64,{b64encode(content).decode()}"
