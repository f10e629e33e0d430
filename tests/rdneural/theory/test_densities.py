"""Codes in float64, pixels in the model's own precision: the numbers are the model's."""

import pytest
import torch

from rdneural.machine.seeding import seeded
from rdneural.models.encoders import normal_of
from rdneural.theory import densities
from rdneural.theory.densities import decoder_log_prob, decoder_table, encoded
from rdneural.theory.evaluation import as_images
from rdtheory.sources.images import bars_and_stripes
from tests.make.models import lively
from tests.tolerances import FLOAT32_LOG_PROB


@pytest.mark.parametrize("sign", ["-", "+", "v"])
def test_a_marginal_in_float64_is_the_model_s_and_leaves_the_model_as_it_is(sign):
    model = lively(f"+-{sign}")
    wide = model.marginal(model.encoder).double()
    z = torch.randn(3, 4, dtype=torch.float64)
    assert wide.log_prob(z).dtype == wide.sample(2).dtype == torch.float64
    of_floats = model.marginal(model.encoder).log_prob(z.float())
    torch.testing.assert_close(wide.log_prob(z).float(), of_floats, rtol=0, atol=FLOAT32_LOG_PROB)
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_a_flow_in_float64_computes_in_float64_and_leaves_the_model_as_it_is():
    model = lively("+++")
    found = encoded(model, as_images(bars_and_stripes(4), model))
    assert {p.dtype for step in found.steps for p in step.parameters()} == {torch.float64}
    assert {p.dtype for p in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("family", ["---", "+--"])
@pytest.mark.parametrize("batch", [1, 7, 2048])
def test_images_are_encoded_as_the_model_does_it_however_many_at_once(monkeypatch, family, batch):
    monkeypatch.setattr(densities, "BATCH", batch)
    model = lively(family)
    images = as_images(bars_and_stripes(4), model)
    found, expected = encoded(model, images), model.encoder(images)
    z = torch.randn(30, 4)
    assert found.log_prob(z.double()).dtype == torch.float64
    assert not found.mode().requires_grad
    torch.testing.assert_close(
        found.log_prob(z.double()).float(), expected.log_prob(z), rtol=0, atol=FLOAT32_LOG_PROB
    )


def test_the_factor_of_the_scales_is_in_what_is_encoded():
    model = lively("+--")
    normal_of(model.encoder).log_spread.fill_(0.1)
    images = as_images(bars_and_stripes(4), model)
    found = encoded(model, images).base.scale
    torch.testing.assert_close(found.float(), model.encoder(images).base.scale)


@pytest.mark.parametrize("sign", ["-", "+"])
@pytest.mark.parametrize("parts", [1, 5, 2048])
def test_codes_are_decoded_as_the_model_does_it_however_many_at_once(monkeypatch, sign, parts):
    monkeypatch.setattr(densities, "BATCH", parts)
    monkeypatch.setattr(densities, "CODES", parts)
    decoder = lively(f"-{sign}-").decoder
    images = torch.from_numpy(bars_and_stripes(4).images.copy())[:12, None]
    with seeded(9):
        z = 3 * torch.randn(12, 4, dtype=torch.float64)
    with torch.no_grad():
        expected = torch.stack([decoder(z[:1].float().expand(12, -1)).log_prob(images)])
    table, of_pairs = decoder_table(decoder, z, images), decoder_log_prob(decoder, z, images)
    assert table.shape == (12, 12)
    assert table.dtype == of_pairs.dtype == torch.float64
    torch.testing.assert_close(table[:1].float(), expected, rtol=0, atol=FLOAT32_LOG_PROB)
    torch.testing.assert_close(table.diagonal(), of_pairs, rtol=0, atol=FLOAT32_LOG_PROB)
