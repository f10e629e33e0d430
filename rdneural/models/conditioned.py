"""One model for every slope: the weights of a family as functions of log beta.

A layer W x + b becomes diag(s) (W x + b) + c, where the scales s > 0 and the shifts c of its
channels are functions of log beta: the gates of the Multi-Rate VAE (Bae et al. 2023, arXiv
2212.03905, section 3), with shifts. At one beta the gates are no more than other weights, so
`ConditionedModel.at` returns a plain `LatentModel` of the family, which costs what every such model
costs and which every tool knows. In training images of a batch that share a slope pass through such
weights together; where nearly each has one of its own, gates scale and shift what layers put out.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.func import functional_call

from rdneural.machine.seeding import seeded
from rdneural.models.build import FAMILIES, LatentModel, Terms, build_model
from rdneural.models.code_distributions import DiagonalNormal, NormalMixture
from rdneural.models.encoders import normal_of, refinement_of
from rdneural.models.layers import Spread
from rdneural.models.marginals import VampPrior
from rdneural.records.curves import check_range
from rdneural.records.sizes import Sizes

FEATURES = 16
"""Functions of log beta that scales and shifts are made of."""

FEW = 4
"""Images that share a slope, in the mean, from which on weights are folded for them: less work than
to scale and shift all that layers put out, for PixelCNN++ by half."""

Layer = Spread | nn.Linear | nn.Conv2d | nn.ConvTranspose2d


class SlopeFeatures(nn.Module):
    """A small network from log beta to `FEATURES` numbers.

    log beta is scaled to t in [-1, 1] over the range from `low` to `high`; the bends of the first
    layer start spread over that range.
    """

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.middle = (math.log(low) + math.log(high)) / 2
        self.reach = (math.log(high) - math.log(low)) / 2
        self.first, self.second = nn.Linear(1, FEATURES), nn.Linear(FEATURES, FEATURES)
        nn.init.normal_(self.first.weight, std=2.0)
        nn.init.uniform_(self.first.bias, -2.0, 2.0)
        nn.init.normal_(self.second.weight, std=1 / math.sqrt(FEATURES))
        nn.init.zeros_(self.second.bias)

    def forward(self, log_beta: Tensor) -> Tensor:
        """Map (B,) to (B, FEATURES)."""
        t = (log_beta - self.middle) / self.reach
        return torch.tanh(self.second(torch.tanh(self.first(t[:, None]))))


class Gate(nn.Module):
    """Scales and shifts of a layer's channels; they start at 1 and 0 for every beta."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.log_scale = nn.Linear(FEATURES, channels)
        self.shift = nn.Linear(FEATURES, channels)
        for layer in (self.log_scale, self.shift):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Map features (B, FEATURES) to scales and shifts (B, channels)."""
        return self.log_scale(features).exp(), self.shift(features)


class ConditionedModel(LatentModel):
    """A family whose weights are functions of log beta, for beta from `low` to `high`.

    Only whole passes know the slope: `forward`, `encode`, and whatever `at` returns. A network
    that is called by itself raises `RuntimeError`.

    Parameters
    ----------
    family, sizes
        one of the twelve families, whose rate gradients can move, and its sizes.
    low, high
        the range of beta, 0 < low < high.

    Raises
    ------
    ValueError
        where the family is another, or the range is none.

    Examples
    --------
    >>> import torch
    >>> from rdneural.records.sizes import SIZES
    >>> model = ConditionedModel("-+v", SIZES["tiny"], low=0.05, high=20.0)
    >>> terms = model(torch.zeros(2, 1, 4, 4), log_beta=torch.tensor([0.1, 10.0]).log())
    >>> terms.rate.shape
    torch.Size([2])
    >>> model.at(0.3).family
    '-+v'
    """

    def __init__(self, family: str, sizes: Sizes, *, low: float, high: float) -> None:
        if family not in FAMILIES:
            raise ValueError(f"model must be one of {', '.join(FAMILIES)}, got {family!r}")
        check_range(low, high)
        super().__init__(family, sizes)
        self.low, self.high = low, high
        normal_of(self.encoder).guide = ()  # type: ignore[attr-defined]  # of a slope's model alone
        self.features = SlopeFeatures(low, high)
        self.gates = nn.ModuleDict()
        self._seen: Tensor | None = None  # features of the slopes of the pass that is under way
        self._folded = False  # whether layers have the weights of one slope for now
        for name, layer in conditioned_layers(self):
            gate = self.gates[_key(name)] = Gate(channels_of(layer))
            layer.register_forward_hook(self._applied(gate))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(
        self, x: Tensor, noise: Tensor | None = None, *, log_beta: Tensor | None = None
    ) -> Terms:
        """Return rate and distortion of images (B, 1, side, side), each at its own log beta (B,).

        Where no slopes are given they are spread evenly over the range, in the logarithm and in
        the order of the images: means over images are then means over the curve.
        """
        if self._folded:
            return super().forward(x, noise)
        if log_beta is None:
            log_beta = spread_log_betas(self.low, self.high, len(x)).to(x.device)
        slopes, which = log_beta.detach().unique(return_inverse=True)
        if FEW * len(slopes) <= len(x):
            return self._by_slopes(x, noise, slopes, which)
        with self._at_slopes(log_beta):
            z, rate = self._encode(x, noise, log_beta)
            return Terms(rate=rate, distortion=-self.decoder(z).log_prob(x))

    def encode(
        self, x: Tensor, noise: Tensor | None = None, *, log_beta: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return a code of each image, (B, dim), and the rate at it, (B,); slopes as `forward`."""
        if self._folded:
            return super().encode(x, noise)
        if log_beta is None:
            log_beta = spread_log_betas(self.low, self.high, len(x)).to(x.device)
        with self._at_slopes(log_beta):
            return self._encode(x, noise, log_beta)

    @torch.no_grad()
    def at(self, beta: float) -> LatentModel:
        """Return the model at one slope, with weights of its own: gates are folded into them.

        Raises
        ------
        ValueError
            where beta is out of the range.
        """
        if not self.low <= beta <= self.high:
            raise ValueError(f"beta must be in [{self.low:g}, {self.high:g}], got {beta}")
        like = self.features.first.weight
        features = self.features(like.new_tensor([math.log(beta)]))
        with seeded(0):  # the numbers that it starts with are of no account
            model = build_model(self.family, self.sizes).to(like)
        weights = self.state_dict()
        model.load_state_dict({name: weights[name] for name in model.state_dict()})
        refinement = refinement_of(model.encoder)
        assert refinement is not None  # families' encoders have one
        refinement[2] = beta
        for name, layer in conditioned_layers(model):
            scale, shift = self.gates[_key(name)](features)
            for weight, value in folded(layer, scale[0], shift[0]).items():
                layer.get_parameter(weight).copy_(value)
        return model.train(self.training)

    def _by_slopes(
        self, x: Tensor, noise: Tensor | None, slopes: Tensor, which: Tensor
    ) -> Terms:  # fmt: skip
        """Return the terms of images, each at one of the slopes (S,): those of each together."""
        features = self.features(slopes.to(self.features.first.weight))
        layers = conditioned_layers(self)
        gates = [self.gates[_key(name)](features) for name, _ in layers]
        places = [(which == k).nonzero()[:, 0] for k in range(len(slopes))]
        found = []
        self._folded = True
        try:
            for k, at in enumerate(places):
                weights = {
                    f"{name}.{weight}": value
                    for (name, layer), (scale, shift) in zip(layers, gates, strict=True)
                    for weight, value in folded(layer, scale[k], shift[k]).items()
                }
                args = (x[at], None if noise is None else noise[at])
                found.append(functional_call(self, weights, args, tie_weights=False))
        finally:
            self._folded = False
        back = torch.cat(places).argsort()
        rate, distortion = (
            torch.cat([getattr(terms, name) for terms in found])[back]
            for name in ("rate", "distortion")
        )
        return Terms(rate=rate, distortion=distortion)

    def _encode(self, x: Tensor, noise: Tensor | None, log_beta: Tensor) -> tuple[Tensor, Tensor]:
        if not isinstance(self.marginal, VampPrior):
            return super().encode(x, noise)
        draw = self.encoder(x).rsample_with_log_prob
        z, log_e = draw() if noise is None else draw(noise)
        return z, log_e - self._log_mixture(self.marginal, z, log_beta)

    def _log_mixture(self, marginal: VampPrior, z: Tensor, log_beta: Tensor) -> Tensor:
        """Return log m(z) under the VampPrior of each image's own slope.

        The pseudo-inputs are encoded once for each slope among the images.
        """
        slopes, which = log_beta.detach().unique(return_inverse=True)
        count = len(marginal.pseudo_inputs)
        images = marginal.pseudo_inputs.clamp(0, 1).repeat(len(slopes), 1, 1, 1)
        with self._at_slopes(slopes.repeat_interleave(count)):
            normals = normal_of(self.encoder).trained(images)
        shape = (len(slopes), count, -1)
        components = DiagonalNormal(
            normals.mean.view(shape)[which], normals.scale.view(shape)[which]
        )  # (B, count, dim)
        return NormalMixture(torch.log_softmax(marginal.logits, 0), components).log_prob(z)

    @contextmanager
    def _at_slopes(self, log_beta: Tensor) -> Iterator[None]:
        """Let layers have the weights of these slopes (B,) within the block."""
        before, self._seen = self._seen, self.features(log_beta.to(self.features.first.weight))
        try:
            yield
        finally:
            self._seen = before

    def _applied(self, gate: Gate) -> Callable[[nn.Module, object, Tensor], Tensor]:
        def apply(layer: nn.Module, inputs: object, output: Tensor) -> Tensor:
            if self._folded:
                return output
            if self._seen is None:
                raise RuntimeError("a conditioned model's parts work at one slope: use at(beta)")
            pixels = (1,) * (output.dim() - 2)
            scale, shift = (
                part.view(*part.shape, *pixels).to(output.dtype) for part in gate(self._seen)
            )
            return torch.addcmul(shift, output, scale)

        return apply


def spread_log_betas(low: float, high: float, count: int) -> Tensor:
    """Return the middles of `count` equal parts of [log low, log high], (count,)."""
    shares = (torch.arange(count) + 0.5) / count
    return math.log(low) + math.log(high / low) * shares


def conditioned_layers(model: LatentModel) -> list[tuple[str, Layer]]:
    """Return the layers of encoder, decoder and marginal whose weights depend on beta, by name."""
    return [
        found
        for part in ("encoder", "decoder", "marginal")
        for found in _layers(model.get_submodule(part), part)
    ]


def _layers(module: nn.Module, name: str) -> Iterator[tuple[str, Layer]]:
    if isinstance(module, Layer):
        yield name, module
        return  # a Spread has a linear layer inside, which is its own affair
    for child_name, child in module.named_children():
        yield from _layers(child, f"{name}.{child_name}")


def _key(name: str) -> str:
    return name.replace(".", "/")  # a module's name has no dots


def channels_of(layer: Layer) -> int:
    """Return the number of channels that a layer puts out."""
    if isinstance(layer, Spread):
        return len(layer.bias)
    return layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels


def folded(layer: Layer, scale: Tensor, shift: Tensor) -> dict[str, Tensor]:
    """Return the weights, by name, with which a layer puts out scale y + shift where it put out y.

    Scales and shifts are (channels,).

    Examples
    --------
    >>> import torch
    >>> layer, x = torch.nn.Linear(2, 1), torch.tensor([[1.0, -2.0]])
    >>> before = layer(x)
    >>> found = folded(layer, torch.tensor([3.0]), torch.tensor([0.5]))
    >>> after = torch.nn.functional.linear(x, found["weight"], found["bias"])
    >>> torch.allclose(after, 3 * before + 0.5)
    True
    """
    if isinstance(layer, Spread):
        weight = layer.linear.weight
        of_channels = weight.view(len(scale), -1) * scale[:, None]  # the outputs of each together
        bias = layer.bias * scale[:, None, None] + shift[:, None, None]
        return {"linear.weight": of_channels.view_as(weight), "bias": bias}
    shape = [1] * layer.weight.dim()
    shape[1 if isinstance(layer, nn.ConvTranspose2d) else 0] = -1
    assert layer.bias is not None
    return {"weight": layer.weight * scale.view(shape), "bias": layer.bias * scale + shift}
