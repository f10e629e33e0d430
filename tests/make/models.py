"""Models that are finite, or known in closed form, so that sums over all images are exact."""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.special import logsumexp
from scipy.stats import norm
from torch import nn

from rdneural.models.build import build_model
from rdneural.models.code_distributions import CodeDistribution, DiagonalNormal, NormalMixture
from rdneural.models.encoders import FlowEncoder, NormalEncoder, normal_of
from rdneural.models.pixel_distributions import BernoulliImages
from rdneural.records.sizes import SIZES, Sizes
from rdtheory import Model
from rdtheory.sources.images import ImageSource, bars_and_stripes

TINY = SIZES["tiny"]
PAIRWISE_FAMILIES = ("---", "-++", "--v", "+--", "+-+", "++v")
"""Families in which all parts meet that have to do with each other: every encoder with every
marginal, and with every decoder."""
LINE = replace(TINY, dim=1)
APART = 100.0
"""Between cells, in scales of a code: one falls into another cell with the chance exp(-1250)."""
GRID, STEP = np.linspace(-30.0, 30.0, 30_001, retstep=True)
MARGINALS = {
    "standard": (lambda z: norm.logpdf(z), DiagonalNormal(torch.zeros(1), torch.ones(1))),
    "mixture": (
        lambda z: np.log(0.3 * norm.pdf(z, -1.0, 0.7) + 0.7 * norm.pdf(z, 0.5, 1.5)),
        NormalMixture(
            torch.tensor([0.3, 0.7]).double().log(),
            DiagonalNormal(
                torch.tensor([[-1.0], [0.5]]).double(), torch.tensor([[0.7], [1.5]]).double()
            ),
        ),
    ),
}
SMALL = Sizes(
    side=4,
    dim=3,
    features=3,
    deep_features=6,
    top_features=8,
    made_hidden=(8, 8),
    pseudo_inputs=6,
    pixel_features=3,
    pixel_layers=1,
    pixel_levels=1,
)


class KnownEncoder(NormalEncoder):
    """A diagonal normal of given mean and scale for each of a list of images (X, side, side)."""

    def __init__(self, images, mean, scale):
        nn.Module.__init__(self)
        self.register_buffer("log_spread", torch.zeros(()))
        self.register_buffer("images", torch.tensor(images).flatten(1))
        self.mean = nn.Parameter(torch.tensor(mean))
        self.scale = nn.Parameter(torch.tensor(scale))

    def trained(self, x):
        same = (x.flatten(1)[:, None] == self.images).all(-1)  # (B, X)
        assert same.any(1).all()
        letters = same.double().argmax(1)
        return DiagonalNormal(self.mean[letters], self.scale[letters])


class KnownDecoder(nn.Module):
    """Independent pixels with logits that a function has for codes (S, dim)."""

    def __init__(self, logits_of):
        super().__init__()
        self.logits_of = logits_of
        self.like = nn.Parameter(torch.zeros((), dtype=torch.float64))

    def forward(self, z):
        return BernoulliImages(self.logits_of(z))


class KnownMarginal(nn.Module):
    """A marginal that has no part of its own in the encoder."""

    def __init__(self, distribution):
        super().__init__()
        self.distribution = distribution

    def forward(self, encoder):
        return self.distribution


def assembled(encoder, decoder, marginal, *, sizes=TINY, family="---"):
    """Return a model of these parts, in float64."""
    model = build_model(family, sizes)
    model.encoder, model.decoder, model.marginal = encoder, decoder, marginal
    return model.double()


def some_source(letters, *, seed=0):
    """Return some of the bars and stripes, each about as likely as it happens to be."""
    p_x = np.random.default_rng(seed).dirichlet(np.full(letters, 2.0))
    return ImageSource("some", bars_and_stripes(4).images[:letters], p_x)


def log_probs(logits, images):
    """Return log d(x|z) for logits (Z, 1, side, side) and images (X, side, side), as (Z, X)."""
    logits = np.asarray(logits).reshape(len(logits), -1)
    signs = 2.0 * images.reshape(len(images), -1) - 1
    return -np.logaddexp(0.0, -signs * logits[:, None]).sum(-1)


def cells(count):
    """Return the distributions of codes of each cell."""
    centres = APART * torch.arange(count, dtype=torch.float64)[:, None]
    return DiagonalNormal(centres, torch.ones_like(centres))


@dataclass(frozen=True)
class Cells:
    """The cell is drawn with weights (B, cells), the code from N(APART cell, 1)."""

    weights: torch.Tensor

    @property
    def mixture(self):
        return NormalMixture(self.weights.log(), cells(self.weights.shape[-1]))

    def log_prob(self, z):
        return self.mixture.log_prob(z)

    def pairwise_log_prob(self, z):
        of_cells = cells(self.weights.shape[-1]).log_prob(z[:, None])  # (S, cells)
        return (of_cells[:, None] + self.weights.log()).logsumexp(-1)

    def picked(self, indices):
        return Cells(self.weights[indices])

    def joined(self, others):
        return Cells(torch.cat([self.weights, *(other.weights for other in others)]))

    def double(self):
        return Cells(self.weights.double())

    def mode(self):
        return APART * self.weights.argmax(-1, keepdim=True).double()

    def rsample_with_log_prob(self):
        cell = torch.multinomial(self.weights, 1).double()
        z = APART * cell + torch.randn_like(cell)
        return z, self.log_prob(z)


class CellEncoder(FlowEncoder):
    """Cells with a given row of weights for each of a list of images; the rows pass for means."""

    def __init__(self, images, weights):
        nn.Module.__init__(self)
        self.normal = KnownEncoder(images, weights, np.ones_like(weights))

    def forward(self, x):
        return Cells(self.normal(x).mean)


def cell_model(source, encoder, marginal, logits):
    """Return a neural model whose codes are cells, and the finite one that it is.

    The finite one has one letter more, without mass: all images that are none of the source's.
    """
    encoder, marginal = np.asarray(encoder), np.asarray(marginal)
    count = len(marginal)

    def logits_of(z):
        return torch.tensor(logits)[(z[:, 0] / APART).round().long()]

    neural = assembled(
        CellEncoder(source.images, encoder),
        KnownDecoder(logits_of),
        KnownMarginal(NormalMixture(torch.tensor(marginal).log(), cells(count))),
        sizes=LINE,
    )
    finite = Model(
        np.append(source.p_x, 0.0),
        np.vstack([encoder, np.full(count, 1 / count)]),
        marginal,
        with_the_rest(np.exp(log_probs(logits, source.images))),
    )
    return neural, finite


def with_the_rest(decoder):
    """Return a decoder (Z, X) with one letter more, which has what is left of every row."""
    rest = 1 - decoder.sum(1, keepdims=True)
    assert (rest >= 0).all()
    return np.hstack([decoder, rest])


def some_logits(count, *, seed=0, spread=2.0):
    return spread * np.random.default_rng(seed).standard_normal((count, 1, 4, 4))


def random_cells(seed, *, letters=7, count=4):
    """Return a source, a neural model of it and the finite one, all drawn by chance."""
    source, draw = some_source(letters, seed=seed), np.random.default_rng(seed)
    encoder = draw.dirichlet(np.full(count, 0.5), letters)
    marginal = draw.dirichlet(np.full(count, 2.0))
    return source, *cell_model(source, encoder, marginal, some_logits(count, seed=seed))


def perfect_pixels():
    """Return a source of independent pixels, and models of it that reach R = 0 and D = H."""
    side, chances = 2, np.array([0.3, 0.6, 0.5, 0.8])
    bits = (np.arange(2**side**2)[:, None] >> np.arange(side**2)) & 1
    p_x = np.where(bits, chances, 1 - chances).prod(1)
    images = bits.reshape(-1, side, side).astype(np.uint8)
    source = ImageSource("pixels", images, p_x).padded(4)
    logits = np.full((1, 1, 4, 4), -40.0)  # of the padding
    logits[0, 0, :side, :side] = np.log(chances / (1 - chances)).reshape(side, side)
    return source, *cell_model(source, np.ones((16, 1)), np.ones(1), logits)


def line_decoder():
    """Return logits that bend with the code, as a function of tensors (S, 1)."""
    generator = torch.Generator().manual_seed(3)
    slope, bias = torch.randn(2, 1, 4, 4, generator=generator, dtype=torch.float64).unsqueeze(1)
    return lambda z: bias + 2 * slope * torch.tanh(z[:, 0, None, None, None])


@dataclass(frozen=True)
class LineModel:
    """A model with codes of one dimension, and its densities on a grid of the line.

    `log_e` is (X, Z), `log_d` (Z, X), `log_m` (Z,).
    """

    source: ImageSource
    neural: nn.Module
    mean: np.ndarray
    scale: np.ndarray
    log_e: np.ndarray
    log_d: np.ndarray
    log_m: np.ndarray

    @property
    def log_joint(self):
        return np.log(self.source.p_x)[:, None] + self.log_e

    @property
    def log_p(self):
        return logsumexp(self.log_joint, axis=0)

    @property
    def rate(self):
        """R of each letter."""
        return STEP * (np.exp(self.log_e) * (self.log_e - self.log_m)).sum(1)

    @property
    def distortion(self):
        """D of each letter."""
        return -STEP * (np.exp(self.log_e) * self.log_d.T).sum(1)

    def truth(self, beta):
        mass = STEP * np.exp(self.log_joint)
        rate, distortion = self.source.p_x @ self.rate, self.source.p_x @ self.distortion
        marginal_gap = (mass.sum(0) * (self.log_p - self.log_m)).sum()
        decoder_gap = (mass * (self.log_joint - self.log_p - self.log_d.T)).sum()
        return {
            "rate": rate,
            "distortion": distortion,
            "excess": rate + distortion - self.source.entropy,
            "lagrangian": distortion + beta * rate,
            "mutual_information": (mass * (self.log_e - self.log_p)).sum(),
            "marginal_gap": marginal_gap,
            "decoder_gap": decoder_gap,
            "gaps": marginal_gap + decoder_gap,
        }

    def evidence(self, beta):
        """Return log F(x) = log integral m(z) d(x|z)^(1/beta) dz of each letter."""
        return logsumexp(self.log_m[:, None] + self.log_d / beta, axis=0) + math.log(STEP)


def line_model(marginal_name="standard", *, spread=1.5, scale=0.3, letters=8):
    """Return a model whose letters lie about on the line, with codes about as wide as `scale`."""
    source, draw = some_source(letters), np.random.default_rng(4)
    mean = spread * draw.standard_normal((letters, 1))
    scales = scale * draw.uniform(0.5, 2.0, (letters, 1))
    log_m, marginal = MARGINALS[marginal_name]
    logits_of = line_decoder()
    neural = assembled(
        KnownEncoder(source.images, mean, scales), KnownDecoder(logits_of),
        KnownMarginal(marginal), sizes=LINE,
    )  # fmt: skip
    log_d = log_probs(logits_of(torch.from_numpy(GRID)[:, None]), source.images)
    return LineModel(
        source, neural, mean, scales, norm.logpdf(GRID, mean, scales), log_d, log_m(GRID)
    )


def lively(family, *, sizes=TINY, seed=0):
    """Return a model that was not trained, but scaled up until its codes matter."""
    torch.manual_seed(seed)
    model = build_model(family, sizes)
    normal = normal_of(model.encoder)
    with torch.no_grad():
        next(
            layer for layer in model.decoder.modules() if isinstance(layer, nn.Linear)
        ).weight.mul_(20)
        normal.mean.weight.mul_(4)
        normal.scale.bias.fill_(-1)
        for name, parameter in model.named_parameters():
            if "steps" in name:
                parameter.mul_(2)
    if family[2] == "v":
        nn.init.normal_(model.marginal.logits)
    return model


@dataclass(frozen=True)
class Times:
    """A factor times a distribution of images, or times a density of codes."""

    factor: float
    whole: CodeDistribution

    def log_prob(self, z):
        return self.whole.log_prob(z) + math.log(self.factor)

    def pairwise_log_prob(self, x):
        return self.whole.pairwise_log_prob(x) + math.log(self.factor)

    def sample(self, *count):
        return self.whole.sample(*count)

    def double(self):
        return Times(self.factor, self.whole.double())


class TimesDecoder(nn.Module):
    def __init__(self, factor, decoder):
        super().__init__()
        self.factor, self.decoder = factor, decoder

    def forward(self, z):
        return Times(self.factor, self.decoder(z))
