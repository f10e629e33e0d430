"""`split:K` and `coarse:S`: sums over all images of 4x4 pixels, and what the codes keep."""

import itertools
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from rdneural.models.build import build_model
from rdneural.models.coarse_pixels import MOST, coarser, sizes_of, states, sure_logits
from rdneural.models.discrete_codes import NEVER
from rdneural.records.sizes import SIZES
from rdneural.runs.diagonal import at_size, rates_of
from rdneural.theory import verdict
from rdneural.theory.densities import decoder_table
from rdneural.theory.evaluation import as_images
from rdneural.theory.evaluation_fixed import evaluate_fixed
from rdneural.theory.mass import all_codes, all_images, code_mass, decoder_masses
from rdneural.theory.verdict import HOLDS, judge
from rdtheory.sources.images import named_image_source

IN_ORDERS = "coarse:2 in 8 orders"
FAMILIES = ("split:0", "split:1", "split:6", "split:16", "coarse:2", IN_ORDERS)
LIGHT = replace(SIZES["tiny"], pixel_features=4)  # sums over all images are four times as quick
FLOAT32 = 1e-5
"""Nats of an image, or of a sum of probabilities, that float32 may be off."""

families = pytest.mark.parametrize("family", FAMILIES)


def _model(family):
    """Return a model whose weights are stirred, so that nothing is at its start by chance."""
    torch.manual_seed(11)
    name, _, orders = family.partition(" ")
    sizes = replace(LIGHT, pixel_orders=8) if orders else LIGHT
    model = build_model(name, sizes).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    return model


@pytest.fixture(scope="module")
def every_image():
    return all_images(4).float()


def mass_of_its_own(model, decoder, z, side):
    """Return the sum over the images of which z is the code: others have exp(-NEVER) or less."""
    images = all_images(side).float()
    own = images[(model.encoder(images).z == z).all(1)]
    assert 1 <= len(own) < len(images) / 4
    return decoder_table(decoder, z, own).logsumexp(1).exp()


@families
def test_the_terms_are_those_of_the_parts(family, every_image):
    model, x = _model(family), every_image[::997]
    terms = model(x)
    z, rate = model.encode(x)
    distortion = -model.decoder(z).log_prob(x)
    assert torch.allclose(terms.rate, rate, atol=FLOAT32)
    assert torch.allclose(terms.distortion, distortion, atol=FLOAT32)


@pytest.mark.parametrize("family", ["coarse:2", IN_ORDERS])
@pytest.mark.parametrize("code", [[0, 0, 0, 0], [0, 1, 1, 0], [1, 1, 1, 1]], ids=str)
def test_the_images_of_a_coarse_code_sum_to_one(code, family):
    """With a marginal that sums to one, so do all images: R + D is a code length."""
    model = _model(family)
    z = torch.tensor([code]).float()
    masses = mass_of_its_own(model, model.decoder, z, 4)
    assert masses.tolist() == pytest.approx([1], abs=FLOAT32)


@families
def test_what_is_drawn_has_the_code_that_it_is_drawn_from(family, every_image):
    model = _model(family)
    z = model.encoder(every_image[::4001]).z
    torch.manual_seed(12)
    assert torch.equal(model.encoder(model.decoder(z).sample()).z, z)
    assert model.marginal(model.encoder).sample(3).shape == (3, z.shape[1])


@families
@torch.no_grad()
def test_pairwise_is_log_prob_of_every_pair(family, every_image):
    model, x = _model(family), every_image[[3, 99, 4095, 65535]]
    z = model.encoder(every_image[[3, 65535]]).z
    pairs = model.decoder(z).pairwise_log_prob(x)
    for index, code in enumerate(z):
        expected = model.decoder(code.expand(len(x), -1)).log_prob(x)
        can_be = expected > -NEVER / 2
        assert can_be.any()
        assert torch.allclose(pairs[index][can_be], expected[can_be], rtol=1e-5, atol=FLOAT32)
        assert (pairs[index][~can_be] < -NEVER / 2).all()


def test_a_split_has_the_same_code_length_at_every_k(every_image):
    model, x = _model("split:6"), every_image[::1009]
    total = model.nats(x).sum(1)
    for size in (0, 1, 7, 15, 16):
        terms = at_size(model, size)(x)
        assert torch.allclose(terms.rate + terms.distortion, total, atol=FLOAT32)
    rows = rates_of(model, x.to(torch.uint8), points=17)
    assert [row["size"] for row in rows] == list(range(17))
    rates = [row["rate"] for row in rows]
    assert rates == sorted(rates)
    assert (rows[0]["rate"], rows[-1]["distortion"]) == (0, 0)
    assert {round(row["elbo"], 4) for row in rows} == {round(total.mean().item(), 4)}


def test_a_split_s_rate_does_not_depend_on_what_comes_later(every_image):
    model = _model("split:6")
    x, later = every_image[:1].clone(), every_image[:1].clone()
    later.view(1, 16)[:, 6:] = 1
    assert torch.equal(model(x).rate, model(later).rate)
    assert not torch.equal(model(x).distortion, model(later).distortion)


@pytest.mark.parametrize(("height", "width"), [(4, 4), (7, 7), (3, 5)])
def test_a_coarse_pixel_is_on_where_enough_of_its_block_is(height, width):
    x = np.random.default_rng(13).integers(0, 2, (20, height, width))
    found = coarser(torch.from_numpy(x)[:, None].float())[:, 0].numpy()
    for row in range(found.shape[1]):
        for column in range(found.shape[2]):
            block = x[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            expected = block.sum((1, 2)) >= MOST
            assert (found[:, row, column] == expected).all()


@pytest.mark.parametrize("side", [2, 3])
def test_a_pixel_is_sure_exactly_where_its_block_leaves_no_choice(side):
    x = all_codes(side**2).float().view(-1, 1, side, side)
    coarse = coarser(x)
    sure = sure_logits(x, coarse, torch.ones_like(x[:1])).reshape(len(x), -1)
    for pixel in range(side**2):
        flipped = x.clone()
        flipped.view(len(x), -1)[:, pixel] = 1 - flipped.view(len(x), -1)[:, pixel]
        row, column = divmod(pixel, side)
        seen = {}  # the values that images with the same coarse image and pixels before have
        for index in range(len(x)):
            block = [
                (r, c) for r in range(side) for c in range(side)
                if (r // 2, c // 2) == (row // 2, column // 2) and r * side + c < pixel
            ]  # fmt: skip
            before = tuple(x[index, 0, r, c].item() for r, c in block)
            key = coarse[index, 0, row // 2, column // 2].item(), before
            seen.setdefault(key, set()).add(x[index, 0, row, column].item())
        for index in range(len(x)):
            before = tuple(x[index, 0, r, c].item() for r, c in block)
            values = seen[coarse[index, 0, row // 2, column // 2].item(), before]
            logit = sure[index, pixel].item()
            assert logit == (NEVER * (2 * max(values) - 1) if len(values) == 1 else 0)


@pytest.mark.parametrize(("height", "width"), [(4, 4), (7, 7), (3, 5)])
def test_each_pixel_is_in_the_case_of_its_block(height, width):
    torch.manual_seed(0)
    x = (torch.rand(6, 1, height, width) < 0.5).float()
    coarse = coarser(x)
    cases = states(x, coarse)
    assert (cases.sum(1) == 1).all()
    for image, row, column in itertools.product(range(len(x)), range(height), range(width)):
        top, left = row // 2 * 2, column // 2 * 2
        before = x[image, 0, top:row, left : left + 2].sum() + x[image, 0, row, left:column].sum()
        place = 2 * (row - top) + column - left
        on = coarse[image, 0, row // 2, column // 2]
        assert cases[image, :, row, column].argmax() == (4 * place + before) * 2 + on


def test_a_chain_s_rates_are_partial_sums(every_image):
    model, x = _model("coarse:2"), every_image[::3001]
    rows = rates_of(model, x.to(torch.uint8))
    assert [row["model"] for row in rows] == ["coarse:2", "coarse:4"]
    terms = model(x)
    assert rows[0]["rate"] == pytest.approx(terms.rate.mean().item(), abs=FLOAT32)
    assert rows[1]["distortion"] == 0
    coarse = sizes_of(x, 1)[1]
    alone = model.marginal(model.encoder).log_prob(coarse.flatten(1))
    assert torch.allclose(-alone, terms.rate, atol=FLOAT32)


@pytest.mark.parametrize("family", ["split:6", "coarse:2", IN_ORDERS])
def test_on_an_enumerable_source_the_excess_is_exactly_the_gaps(monkeypatch, family):
    source, model, masses = named_image_source("bars:4x4"), _model(family), []

    def kept(mass):
        return lambda *of: masses.append(mass(*of)) or masses[-1]

    of_decoder = decoder_masses if family[0] == "s" else partial(mass_of_its_own, model)
    monkeypatch.setattr(verdict, "decoder_masses", kept(of_decoder))
    monkeypatch.setattr(verdict, "code_mass", kept(code_mass))
    found, words = judge(model, source, beta=0.5)
    assert words == HOLDS
    assert [float(mass) for mass in masses] == pytest.approx([1, 1, 1], abs=FLOAT32)
    assert found.excess.se == found.gaps.se == 0
    assert found.excess.value == pytest.approx(found.gaps.value, abs=FLOAT32)
    assert min(found.marginal_gap.value, found.decoder_gap.value) >= -FLOAT32
    # by hand: I_e = H(Z), and D + beta R of the images one by one
    z = model.encoder(as_images(source, model)).z.numpy()
    mass = {}
    for code, p in zip(map(bytes, z.astype(np.uint8)), source.p_x, strict=True):
        mass[code] = mass.get(code, 0.0) + p
    entropy = -sum(p * np.log(p) for p in mass.values())
    assert found.mutual_information.value == pytest.approx(entropy, abs=1e-12)


def test_a_decoder_that_sees_its_own_pixel_is_broken(monkeypatch):
    source, model = named_image_source("bars:4x4"), _model("split:6")
    sound = evaluate_fixed(model, source)
    real = model.decoder.pixels.forward

    def greedy(x, code=None):
        return real(x, code) + 3 * x  # a pixel that sees itself

    monkeypatch.setattr(verdict, "decoder_masses", partial(mass_of_its_own, model))
    assert judge(model, source)[1] == HOLDS
    model.decoder.pixels.forward = greedy
    _, words = judge(model, source)
    assert words.startswith("broken: the decoder's probabilities sum to")
    assert sound.draw_error == 0
