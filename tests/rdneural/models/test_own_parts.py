"""Own encoders, decoders and marginals: found, made, tried once, and as good as ours."""

import sys

import pytest
import torch
from torch import distributions as d
from torch import nn

from rdneural.measures.rates import terms_of
from rdneural.models.build import build_model
from rdneural.models.encoders import NormalEncoder, spread_of
from rdneural.models.own_modules import OwnDecoder, OwnEncoder, OwnMarginal
from rdneural.models.own_parts import found_part, made_part, named_part, register_encoder
from rdneural.records.sizes import SIZES, Sizes
from rdneural.theory.mass import all_images, decoder_masses, total_mass
from tests.make.own import Codes, Mixture, Pixels, named
from tests.tolerances import STANDARD_ERRORS

TINY = SIZES["tiny"]
FRAMED = Sizes(side=4, frame=(3, 2), dim=4, features=4, deep_features=4, top_features=8,
               made_hidden=(8,), pseudo_inputs=8, pixel_features=8, pixel_layers=1,
               pixel_levels=2)  # fmt: skip


def _images(count, sizes=TINY):
    torch.manual_seed(1)
    x = torch.zeros(count, 1, sizes.side, sizes.side)
    height, width = sizes.shape
    x[..., :height, :width] = torch.bernoulli(torch.full((count, 1, height, width), 0.4))
    return x


# -- whole models ----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["o--", "o+v", "-o-", "+o+", "--o", "ooo"])
@pytest.mark.parametrize("sizes", [TINY, FRAMED], ids=["square", "framed"])
def test_any_part_can_be_an_own_one(model, sizes):
    torch.manual_seed(2)
    made = build_model(model, sizes, named(model))
    x = _images(5, sizes)
    terms = made(x)
    assert terms.rate.shape == terms.distortion.shape == (5,)
    (terms.rate + terms.distortion).mean().backward()
    parts = dict(made.named_children())
    for name in parts:
        slopes = [p.grad for p in parts[name].parameters() if p.grad is not None]
        assert model[["encoder", "decoder", "marginal"].index(name)] == "-" or slopes
    with torch.no_grad():
        drawn = made.decoder(made.marginal(made.encoder).sample(7).reshape(7, -1)).sample()
    height, width = sizes.shape
    assert drawn.shape == x[:1].expand(7, -1, -1, -1).shape
    assert drawn[..., height:, :].sum() == drawn[..., width:].sum() == 0


@pytest.mark.parametrize("sizes", [TINY, FRAMED], ids=["square", "framed"])
def test_probabilities_of_all_images_of_the_frame_sum_to_one(sizes):
    torch.manual_seed(3)
    decoder = build_model("-o-", sizes, named("-o-")).decoder
    height, width = sizes.shape
    if sizes.frame is None:
        assert decoder_masses(decoder, torch.randn(2, 4), 4) == pytest.approx([1, 1], abs=1e-4)
        return
    x = torch.zeros(2 ** (height * width), 1, 4, 4)
    numbers = torch.arange(len(x))[:, None] >> torch.arange(height * width)
    x[..., :height, :width] = (numbers & 1).view(-1, 1, height, width).float()
    log_d = decoder(torch.randn(1, 4)).pairwise_log_prob(x)
    assert log_d.exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_an_own_copy_of_our_encoder_has_our_rates():
    torch.manual_seed(4)
    ours = build_model("---", TINY)
    trained = ours.encoder

    class Copy(nn.Module):
        def __init__(self):
            super().__init__()
            self.ours = trained

        def forward(self, x):
            found = self.ours(x)
            return d.Independent(d.Normal(found.mean, found.scale), 1)

    own = OwnEncoder(Copy(), TINY)
    x = _images(20)
    theirs = terms_of(ours, x, seed=5)
    ours.encoder = own
    for mine, other in zip(terms_of(ours, x, seed=5), theirs, strict=True):
        assert torch.allclose(mine, other, atol=1e-5)


def test_a_marginal_of_torch_integrates_to_one():
    torch.manual_seed(6)
    marginal = OwnMarginal(Mixture(TINY), TINY, NormalEncoder(TINY))
    mass = total_mass(marginal(NormalEncoder(TINY)).double(), seed=7)
    assert abs(mass.value - 1) <= STANDARD_ERRORS * mass.se + 1e-3


def test_the_rate_of_an_own_encoder_is_settled_by_its_scales():
    torch.manual_seed(8)
    encoder = OwnEncoder(Codes(), FRAMED)
    spread = spread_of(encoder)
    x = _images(2, FRAMED)
    before = encoder(x)
    spread.fill_(0.5)
    after = encoder(x)
    assert torch.allclose(after.scale, before.scale * torch.tensor(0.5).exp())
    assert torch.equal(encoder.trained(x).scale, before.scale)


def test_an_encoder_without_scales_has_none_to_settle_with():
    class Full(Codes):
        def forward(self, x):
            normal = super().forward(x).base_dist
            return d.MultivariateNormal(normal.loc, torch.diag_embed(normal.scale**2))

    encoder = OwnEncoder(Full(), TINY)
    assert spread_of(encoder) is None
    assert encoder.dim == 3
    with pytest.raises(ValueError, match="marginal v must have an encoder of independent normals"):
        encoder.trained(_images(2))


# -- finding and making them -----------------------------------------------------------------------


def test_parts_are_found_by_name_by_module_and_by_file(tmp_path):
    register_encoder("mine", Codes)
    assert found_part("encoder", "mine") is Codes
    assert found_part("encoder", "tests.make.own:Codes") is Codes
    (tmp_path / "parts.py").write_text("from tests.make.own import Codes as Other\n")
    assert found_part("encoder", f"{tmp_path / 'parts.py'}:Other") is Codes
    assert named_part("encoder", Codes) == "tests.make.own:Codes"
    assert named_part("encoder", f"{tmp_path}/./parts.py:Other") == f"{tmp_path}/parts.py:Other"


def test_a_module_that_is_given_is_copied_for_every_model():
    torch.manual_seed(9)
    mine = Codes()
    where = named_part("encoder", mine)
    first, second = (made_part("encoder", where, TINY) for _ in range(2))
    assert first is not second
    assert all(
        torch.equal(a, b) for a, b in zip(first.parameters(), mine.parameters(), strict=True)
    )
    named_part("encoder", Codes)  # for the other tests


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("nobody", "nothing is registered as 'nobody'"),
        ("nowhere.at_all:Codes", "No module named 'nowhere'"),
        ("tests.make.own:Nobody", "has no attribute 'Nobody'"),
        ("missing.py:Codes", "no file missing.py"),
        ("tests.make.own:__name__", "is no class or function"),
    ],
)
def test_what_cannot_be_imported_is_one_line(where, said):
    with pytest.raises(ValueError, match="encoder must be a registered name, module:Class") as seen:
        found_part("encoder", where)
    assert said in str(seen.value)
    assert "\n" not in str(seen.value)


def test_a_file_that_fails_is_read_again_once_it_is_mended(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("raise RuntimeError('not yet')\n")
    with pytest.raises(ValueError, match="not yet"):
        found_part("decoder", f"{path}:Pixels")
    path.write_text("from tests.make.own import Pixels\n")
    assert found_part("decoder", f"{path}:Pixels") is Pixels
    assert not [name for name in sys.modules if name == "broken"]


class _Wrong(nn.Module):
    def __init__(self, found):
        super().__init__()
        self.found = found

    def forward(self, *given):
        return self.found(*given)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (lambda x: x, "encoder must return a distribution of torch.distributions"),
        (lambda x: torch.zeros(2, 9) @ x, "encoder must take what it is given"),
        (lambda x: d.Independent(d.Normal(torch.zeros(3, 2), 1.0), 1), r"batch \(2,\)"),
    ],
)
def test_an_encoder_is_tried_once_before_anything_is_trained(found, said):
    with pytest.raises((ValueError, TypeError), match=said):
        OwnEncoder(_Wrong(found), TINY)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            lambda z: d.Bernoulli(logits=torch.zeros(2, 1, 4, 4)),
            r"wrap it in Independent\(..., 3\)",
        ),
        (lambda z: d.Independent(d.Bernoulli(torch.zeros(2, 9) + 0.5), 1), r"event \(1, 4, 4\)"),
        (lambda z: torch.zeros(2, 1, 4, 4), "decoder must return a distribution"),
    ],
)
def test_a_decoder_is_tried_once_before_anything_is_trained(found, said):
    with pytest.raises((ValueError, TypeError), match=said):
        OwnDecoder(_Wrong(found), TINY)


def test_a_mean_over_pixels_is_no_log_probability():
    class Mean:
        def log_prob(self, x):
            return -x.mean()

        def sample(self):
            return torch.zeros(2, 1, 4, 4)

    with pytest.raises(ValueError, match=r"a sum over its pixels or dimensions, \(2,\), got \(\)"):
        OwnDecoder(_Wrong(lambda z: Mean()), TINY)


def test_trying_a_part_leaves_it_as_it_was():
    torch.manual_seed(10)
    part = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(16), nn.Linear(16, 4))
    kept = {name: value.clone() for name, value in part.state_dict().items()}
    state = torch.get_rng_state()
    wrapped = OwnEncoder(_Holding(part), TINY)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, kept[name]) for name, value in part.state_dict().items())
    assert all(module.training for module in wrapped.modules())


class _Holding(nn.Module):
    def __init__(self, part):
        super().__init__()
        self.part = part

    def forward(self, x):
        return d.Independent(d.Normal(self.part(x), 1.0), 1)


def test_pictures_of_bits_are_tabulated_as_they_are_scored():
    torch.manual_seed(11)
    decoder = build_model("-o-", TINY, named("-o-")).decoder
    z, x = torch.randn(3, 4), all_images(4)[::4099]
    table = decoder(z).pairwise_log_prob(x)
    each = torch.stack([decoder(z[[k]].expand(len(x), -1)).log_prob(x) for k in range(3)])
    assert torch.allclose(table, each, atol=1e-4)
