r"""What is usually wrong with four functions that are said to be a model, found and named.

Most of it can be *proved*, whatever the model is. Let e be what `log_e` says and q any density at
all. For codes z that are drawn from e(z|x), E q(z) / e(z|x) <= 1, and for codes drawn from q,
E e(z|x) / q(z) = 1. A product of independent such ratios has a mean of at most 1, too, so that by
Markov's inequality it is above 10^6 once in 10^6 times at most: where the logarithms add up to more
than `EVIDENCE`, `log_e` is not the log-density of what `sample` draws. With q near what is drawn
the first finds what is too low, a density of another scale too, and the second what is too high.
The same holds of m, and of m(z) / e(z|x), whose mean logarithm is -R, and of e(z|x') / e(z|x). It
takes no standard error, and heavy tails do no harm.

What is proved of pixels, and where there are only *hints*, is in `rdneural.theory.pixel_mistakes`.

Source: Grunwald, de Heide and Koolen, *Safe testing* (2024), for products of such ratios.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.images import spread_subset
from rdneural.models.function_model import DrawnCodes
from rdneural.models.functions import FourFunctions, draw_codes, finite
from rdneural.theory.pixel_mistakes import EVIDENCE, SLACK, SURE, check_pixels, density_hints

PROBE, FEW = 256, 8
"""Images that are looked at, at most; images of which many codes are drawn."""

ROWS = 5e-3
"""Part of a number that may change with the batch: networks of few digits round as batches are."""

DRAWS = 256
"""Codes of each of the few that a density is fitted to, and as many that it is tried on."""


def first_codes(
    sample: Callable[..., Tensor], images: Tensor, noise_dim: int | None, *, seed: int
) -> Tensor:
    """Return codes of some images as `sample` draws them, one for each at least."""
    some = spread_subset(images, FEW)
    with seeded(mixed_seed(seed, "first")):
        z = draw_codes(sample, some, noise_dim)
    if z.ndim == 0 or len(z) != len(some):
        raise ValueError(
            f"sample must return one code for each of {len(some)} images, "
            f"shape ({len(some)}, ...), got {tuple(z.shape)}"
        )
    return z


def check_functions(
    functions: FourFunctions, images: Tensor, *, discrete: bool, seed: int = 0
) -> tuple[str, ...]:
    """Return hints of what may be wrong with four functions.

    Raises
    ------
    ValueError
        where something is wrong for sure; the line says what, and whether chance has a part in it.
    """
    some = spread_subset(images, PROBE)
    with seeded(mixed_seed(seed, "mistakes")):
        encoder = DrawnCodes(functions, some)
        z = functions.draw(some)
        _check_rows(functions, some, z)
        kind = _kind_of_codes(functions, some, z)
        log_e = finite("log_e", functions.of_encoder(z, some))
        log_m = finite("log_m", functions.of_marginal(z))
        if kind.discrete:
            for name, found in (("log_e", log_e), ("log_m", log_m)):
                if found.max() > SLACK:
                    raise ValueError(
                        f"{name} must be at most 0 where codes are discrete, got "
                        f"{found.max().item():.4g} (proved): a probability above 1"
                    )
            _check_apart(functions, some, z, log_e)
        if kind.compared:
            _check_encoder(encoder)
        turned = functions.of_encoder(z, some.roll(1, 0))
        if _evidence(turned - log_e):
            raise ValueError(
                f"log_e(z, x) must be greatest, on the mean, at the image of the code, got "
                f"{(turned - log_e).mean().item():.4g} nats more at another one ({SURE}): rows are "
                "mixed up"
            )
        if kind.compared:
            _check_marginal(functions, z)
        if _evidence(log_m - log_e):
            raise ValueError(
                f"R must be at least 0, got {(log_e - log_m).mean().item():.4g} as the mean over "
                f"{len(some)} images ({SURE}): log_m is above log_e where codes are drawn"
            )
        hints = [*kind.hints, *_draw_hints(functions, some)]
        if discrete:
            check_pixels(functions, images, some, z)
        else:
            hints += density_hints(functions, some, z)
    return tuple(hints)


def _evidence(logs: Tensor) -> bool:
    """Return whether logarithms of independent ratios, of mean 1 at most, prove they are not."""
    return bool((logs - SLACK).sum() > EVIDENCE)


# -- rows and codes -------------------------------------------------------------------------------


def _check_rows(functions: FourFunctions, x: Tensor, z: Tensor) -> None:
    """Raise where the number of a row depends on the rows beside it."""
    for name, of_rows in (
        ("log_e", lambda part: functions.of_encoder(z[part], x[part])),
        ("log_m", lambda part: functions.of_marginal(z[part])),
        ("log_d", lambda part: functions.of_decoder(x[part], z[part])),
    ):
        whole = of_rows(slice(None))[:FEW]
        few = of_rows(slice(FEW))
        apart = (whole - few).nan_to_num(0.0).abs() > ROWS * (1 + whole.abs())
        if apart.any():
            row = int(apart.double().argmax())
            raise ValueError(
                f"{name} of a row must not depend on the other rows of its batch, got "
                f"{whole[row].item():.6g} in a batch of {len(x)} and {few[row].item():.6g} in one "
                f"of {len(few)} (proved): a mean over the batch, or batch normalisation or "
                "dropout in training mode"
            )


@dataclass(frozen=True)
class _Kind:
    """Whether codes are discrete, whether their densities can be held against normals; hints."""

    discrete: bool
    compared: bool
    hints: tuple[str, ...] = ()


def _kind_of_codes(functions: FourFunctions, x: Tensor, z: Tensor) -> _Kind:
    again = functions.draw(x)
    if torch.equal(z, again):
        log_e = functions.of_encoder(z, x)
        if log_e.abs().max() > SLACK:
            raise ValueError(
                "sample must draw z ~ e(z|x), got the same codes twice although log_e is "
                f"{log_e.mean().item():.4g} nats and not 0 (proved): does it return the mean in "
                "evaluation mode?"
            )
        return _Kind(discrete=True, compared=False)
    if bool((z == z.round()).all() and (again == again.round()).all()):
        return _Kind(discrete=True, compared=False)
    if _is_thin(torch.cat([z, again])):
        hint = "codes lie on a surface, or some of their numbers never change: log_e and log_m "
        return _Kind(False, False, (f"{hint}were not held against densities of all codes",))
    return _Kind(discrete=False, compared=True)


def _check_apart(functions: FourFunctions, x: Tensor, z: Tensor, log_e: Tensor) -> None:
    """Raise where two discrete codes have more probability for an image than there is."""
    other = functions.of_encoder(z.roll(1, 0), x)  # of another image's code
    both = (log_e.exp() + other.exp())[(z != z.roll(1, 0)).any(1)]
    if len(both) and both.max() > 1 + SLACK:
        raise ValueError(
            f"log_e must be of probabilities that sum to 1 at most, got {both.max().item():.4g} "
            "for two codes of an image (proved): of a fixed map log_e(z, x) is 0 at the image's "
            "own code and -inf at others"
        )


def _draw_hints(functions: FourFunctions, x: Tensor) -> list[str]:
    """Return a hint where codes are not those of torch's generator."""
    with seeded(0):
        first = functions.draw(x)
    with seeded(0):
        second = functions.draw(x)
    if torch.allclose(first, second, rtol=SLACK, atol=SLACK):
        return []
    return ["sample draws by another generator than torch's, so that no seed repeats its codes"]


def _is_thin(z: Tensor) -> bool:
    """Return whether codes (S, dim) have no volume: one coordinate stands still, or a sum, or |z|.

    Their densities are then of another kind than those of normals.
    """
    if z.shape[1] == 1:
        return bool(z.std() == 0)
    norms, sums, spreads = z.norm(dim=1), z.sum(1), z.std(0)
    return bool(
        (spreads == 0).any()
        or norms.std() < 1e-4 * norms.mean()
        or sums.std() < 1e-4 * spreads.mean()
    )


# -- densities of codes ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Normal:
    """A diagonal normal fitted to codes (S, dim), to hold densities against."""

    mean: Tensor
    scale: Tensor

    @classmethod
    def fitted(cls, z: Tensor) -> "_Normal":
        return cls(z.mean(0), z.std(0).clamp_min(1e-12))

    def log_prob(self, z: Tensor) -> Tensor:
        return torch.distributions.Normal(self.mean, self.scale).log_prob(z).sum(-1)

    def sample(self, count: int) -> Tensor:
        noise = torch.randn(count, len(self.mean), dtype=self.mean.dtype, device=self.mean.device)
        return self.mean + self.scale * noise


def _check_encoder(encoder: DrawnCodes) -> None:
    """Hold log_e against a normal fitted to codes of each of a few images."""
    few = encoder.picked(torch.arange(min(FEW, len(encoder.x))) * len(encoder.x) // FEW)
    low, high, said = [], [], []
    for k in range(len(few.x)):
        one = few.picked(torch.tensor([k]))
        drawn = one.sample(2 * DRAWS)[:, 0]
        if (drawn.std(0) == 0).any():
            continue  # a code that is certain for this image
        q, z = _Normal.fitted(drawn[:DRAWS]), drawn[DRAWS:]
        log_e, log_q = one.log_prob(z), q.log_prob(z)
        low.append(log_q - log_e)
        high.append(_above(one.log_prob, q))
        said.append(torch.stack([log_e.mean(), log_q.mean()]))
    if not said:
        return
    found, near = torch.stack(said).mean(0).tolist()
    if _evidence(torch.cat(low)) or _evidence(torch.cat(high)):
        raise ValueError(
            f"log_e must be the log-density of what sample draws, got {found:.4g} nats on the mean "
            f"where a normal fitted to draws of an image has {near:.4g} ({SURE})"
            f"{_guess(found, near, encoder.functions.code_like.numel())}"
        )


def _check_marginal(functions: FourFunctions, z: Tensor) -> None:
    """Hold log_m against a normal fitted to codes of all images."""
    q = _Normal.fitted(z)
    if _evidence(_above(functions.of_marginal, q)):
        found, near = functions.of_marginal(z).mean().item(), q.log_prob(z).mean().item()
        raise ValueError(
            f"log_m must be the log of a density, which integrates to 1, got {found:.4g} nats on "
            f"the mean where a density there has {near:.4g} ({SURE})"
            f"{_guess(found, near, functions.code_like.numel())}"
        )


def _above(log_prob: Callable[[Tensor], Tensor], q: _Normal) -> Tensor:
    """Return by how much a density is above q at codes that are drawn from q."""
    other = q.sample(DRAWS)
    try:
        return log_prob(other) - q.log_prob(other)
    except ValueError:  # codes have bounds, and beyond them the function has no number
        return other.new_zeros(0)


def _guess(found: float, near: float, dim: int) -> str:
    """Return what a number of nats may be, if it is near what a density has."""
    meant = {
        f"is it a mean over the {dim} dimensions of a code?": dim * found if dim > 1 else found,
        "is its sign wrong?": -found,
        "is its sign wrong, and is it a mean over dimensions?": -dim * found if dim > 1 else found,
    }
    said = min(meant, key=lambda said: abs(meant[said] - near))
    return f": {said}" if abs(meant[said] - near) < 0.25 * abs(found - near) else ""
