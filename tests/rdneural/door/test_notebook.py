"""A notebook of own data, own networks and a foreign model runs, and its pictures are shown."""

import base64
import io

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from tests.conftest import ROOT

CELLS = (
    """
    import tempfile
    import numpy as np
    import torch
    from torch import nn
    from torch.distributions import Bernoulli, Independent, Normal
    import rdneural as rn

    place = tempfile.mkdtemp()
    rng = np.random.default_rng(0)
    images = np.repeat(rng.random((200, 1, 4)) < 0.4, 6, axis=1)  # bars of 6x4 pixels
    """,
    """
    run = rn.train(images, target_rate=1.5, preset="tiny", epochs=3, batch=20, pictures=3,
                   name="bars", out=place + "/run")
    run
    """,
    'run.plot("samples")',
    "run.plot()",
    """
    class Mine(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Flatten(), nn.Linear(24, 8))
        def forward(self, x):
            mean, scale = self.layers(x).chunk(2, 1)
            return Independent(Normal(mean, scale.exp()), 1)

    mine = rn.train(images, encoder=Mine, beta=1, preset="tiny", epochs=1, pictures=3,
                    name="bars", out=place + "/mine")
    rn.load(mine.place).encode(images[:2]).shape, mine.model.family
    """,
    """
    x = torch.tensor(images).float().flatten(1)
    probability = torch.full((1, 24), 0.4)
    found = rn.measure_model(
        sample=lambda x: torch.randn(len(x), 2), log_e=lambda z, x: Normal(0, 1).log_prob(z).sum(1),
        log_m=lambda z: Normal(0, 1).log_prob(z).sum(1),
        log_d=lambda x, z: Bernoulli(probability).log_prob(x).sum(1), images=x, name="no code")
    found
    """,
    'sweep = rn.sweep(images, "---", betas=[1], preset="tiny", epochs=1, name="bars", pictures=2, '
    'out=place + "/sweep")\nsweep',
)


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    notebook = nbformat.v4.new_notebook()
    for source in CELLS:
        lines = source.strip("\n").splitlines()
        margin = len(lines[0]) - len(lines[0].lstrip())
        text = "\n".join(line[margin:] for line in lines)
        notebook.cells.append(nbformat.v4.new_code_cell(text))
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    )
    return client.execute().cells


def _shown(cell, kind):
    return [
        output.data[kind] for output in cell.outputs
        if output.output_type in ("execute_result", "display_data") and kind in output.data
    ]  # fmt: skip


def test_a_run_and_a_sweep_are_tables(cells):
    (table,) = _shown(cells[1], "text/html")[-1:]
    assert "R = 1.5 nats" in table
    assert "own images" in table
    (table,) = _shown(cells[6], "text/html")[-1:]
    assert "1 done" in table


@pytest.mark.parametrize("cell", [2, 3])
def test_pictures_are_shown_and_not_empty(cells, cell):
    (coded,) = _shown(cells[cell], "image/png")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(coded))).convert("L"))
    assert min(pixels.shape) > 200
    assert 0.005 < (pixels < 128).mean() < 0.6  # ink, and paper around it


def test_own_networks_and_foreign_models_are_there(cells):
    (said,) = _shown(cells[4], "text/plain")
    assert said == "((2, 4), 'o--')"
    (said,) = _shown(cells[5], "text/plain")
    assert said.startswith("no code, measured from elsewhere")
    assert "R      0.000" in said
    (table,) = _shown(cells[5], "text/html")
    assert "<th>R</th><td>0.000" in table


def test_progress_is_a_bar_of_the_notebook(cells):
    drawn = [output for output in cells[1].outputs if output.output_type != "execute_result"]
    assert any("step" in str(output) or "%" in str(output) for output in drawn)
