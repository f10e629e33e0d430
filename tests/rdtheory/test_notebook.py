"""The class in one script of the README, as a notebook: it runs, and its pictures are shown."""

import base64
import io
import re

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from tests.conftest import ROOT
from tests.make.readme import blocks

PICTURES = {3: 4, 5: 1, 6: 1, 7: 1}
"""How many each part of the script draws, by the number that its heading has."""


def _parts() -> list[str]:
    """Return the parts of the script, each from its numbered heading on; the imports come first."""
    (script,) = (block for block in blocks("rdtheory/README.md", "python") if "# 1. " in block)
    return re.split(r"^(?=# \d+\. )", script, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def cells():
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(part) for part in _parts()]
    where = {"metadata": {"path": str(ROOT)}}
    return (
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where)
        .execute()
        .cells
    )


def _pictures(cell):
    return [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("L"))
        for output in cell.outputs
        if output.output_type in ("execute_result", "display_data") and "image/png" in output.data
    ]


def test_pictures_are_shown_and_not_empty(cells):
    for number, cell in enumerate(cells):
        drawn = _pictures(cell)
        assert len(drawn) == PICTURES.get(number, 0), number
        for pixels in drawn:
            assert min(pixels.shape) > 200
            assert 0.005 < (pixels < 128).mean() < 0.6  # ink, and paper around it


def test_what_is_printed_is_short_and_in_bits(cells):
    printed = ["".join(o.text for o in cell.outputs if o.output_type == "stream") for cell in cells]
    assert printed[1].splitlines() == ["H(X) = 0.971 bits", "I(X; Y) = 0.361 bits"]
    assert printed[2].splitlines()[0].split()[:4] == ["beta", "per", "bit", "R"]
    assert all(len(line) <= 100 for text in printed for line in text.splitlines())
