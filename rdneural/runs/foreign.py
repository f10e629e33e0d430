"""A model that another code base trained, measured: the door for four functions.

What comes out is what our own models are measured by: the same estimators take the functions as
distributions (`rdneural.models.function_model`).
"""

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rdneural.machine.seeding import mixed_seed
from rdneural.measures.estimates import Estimate
from rdneural.measures.rates import measure
from rdneural.models.function_model import FunctionModel
from rdneural.models.functions import FourFunctions, evaluating
from rdneural.records.places import check_name
from rdneural.runs.measured_model import MeasuredModel
from rdneural.theory.mistakes import check_functions, first_codes
from rdtheory.checks import check_count, check_seed

FUNCTIONS = ("sample", "log_e", "log_m", "log_d")

PURPOSE = "elsewhere"
"""Of the seed that codes are drawn with: images drawn with the plain one would be their noise."""


def measure_model(
    *,
    images: Tensor | npt.ArrayLike,
    sample: Callable[..., Tensor] | None = None,
    log_e: Callable[[Tensor, Tensor], Tensor] | None = None,
    log_m: Callable[[Tensor], Tensor] | None = None,
    log_d: Callable[[Tensor, Tensor], Tensor] | None = None,
    model: object | None = None,
    sample_m: Callable[[int], Tensor] | None = None,
    log_e_pairs: Callable[[Tensor, Tensor], Tensor] | None = None,
    dim: int | None = None,
    discrete: bool = True,
    name: str = "a model",
    samples: int = 1,
    batch: int = 250,
    seed: int = 0,
) -> MeasuredModel:
    r"""Measure a model known by four functions, and say what is wrong with them.

    With z ~ e(z|x) drawn by `sample`,

        R = E log e(z|x) - log m(z),    D = -E log d(x|z).

    Networks behind the functions are put into evaluation mode and back, nothing
    records gradients, and torch's generators are left as they were.

    Source: Alemi et al. (2018), arXiv:1711.00464, equations 4 and 5.

    Parameters
    ----------
    images
        (N, ...), at least two: what the functions take as x. A tensor is handed
        on as it is, an array as a tensor of torch's default precision.
    sample
        `sample(x)`, codes z (B, ...) drawn by torch's generator; or `sample(x,
        generator)`, or `sample(x, noise)` with standard normal numbers (B,
        dim). Codes of several layers are joined to one tensor.
    log_e, log_m, log_d
        `log_e(z, x)`, `log_m(z)` and `log_d(x, z)`, (B,) nats each: sums over
        dimensions and pixels.
    model
        an object with these four methods, in their place.
    sample_m
        `sample_m(count)` draws codes of m(z), if there is such a function; a
        walk does otherwise.
    log_e_pairs
        `log_e_pairs(z, x)` is log e(z|x) of all S codes under all N images,
        (S, N): much faster than pairs, where information is asked for.
    dim
        numbers in a row of noise.
    discrete
        whether pixels have probabilities; with False they have densities.
    name
        of the model, in tables and pictures.
    samples, batch, seed
        codes of each image; images in a call of a function; of everything
        drawn.

    Raises
    ------
    TypeError
        where a function is none, or returns no tensor.
    ValueError
        where what functions return cannot be of a model
        (`rdneural.theory.mistakes`).

    Examples
    --------
    >>> import torch
    >>> from torch.distributions import Bernoulli, Normal
    >>> found = measure_model(
    ...     sample=lambda x: 2 * x + torch.randn(len(x), 3),
    ...     log_e=lambda z, x: Normal(2 * x, 1.0).log_prob(z).sum(1),
    ...     log_m=lambda z: Normal(0.0, 1.5).log_prob(z).sum(1),
    ...     log_d=lambda x, z: Bernoulli(logits=2 * z - 2).log_prob(x).sum(1),
    ...     images=torch.bernoulli(torch.full((500, 3), 0.5)),
    ...     name="three coins",
    ... )
    >>> found.elbo.value >= 3 * 0.69 - 3 * found.elbo.error
    True
    """
    begun = time.perf_counter()
    check_seed(seed)
    check_count("samples", samples)
    check_count("batch", batch)
    if not isinstance(discrete, bool):
        raise TypeError(f"discrete must be True or False, got {discrete!r}")
    check_name(name)
    given = {"sample": sample, "log_e": log_e, "log_m": log_m, "log_d": log_d}
    found = _functions(given, model)
    x = _images(images)
    with evaluating(*found.values(), sample_m, log_e_pairs):
        code = first_codes(found["sample"], x, dim, seed=seed)[0]
        functions = FourFunctions(
            **found, image_like=x[0], code_like=code, noise_dim=dim, sample_m=sample_m,
            log_e_pairs=log_e_pairs,
        )  # fmt: skip
        hints = check_functions(functions, x, discrete=discrete, seed=seed)
        adapted = FunctionModel(functions, x)
        mixed = mixed_seed(seed, PURPOSE)
        terms = measure(adapted, x, samples=samples, seed=mixed, batch=batch)
    return MeasuredModel(
        name=name, images=len(x), latent_samples=samples, discrete=discrete,
        rate=Estimate(terms.rate, terms.rate_se),
        distortion=Estimate(terms.distortion, terms.distortion_se),
        elbo=Estimate(terms.elbo, terms.elbo_se),
        hints=hints, seconds=time.perf_counter() - begun, seed=seed, model=adapted, data=x,
    )  # fmt: skip


def _functions(
    given: dict[str, Callable[..., Tensor] | None], model: object | None
) -> dict[str, Callable[..., Tensor]]:
    """Return the four functions, given or as methods of an object."""
    named = [name for name, function in given.items() if function is not None]
    if model is not None and named:
        raise ValueError(f"model must not be given beside functions, got {', '.join(named)} too")
    found = given if model is None else {name: getattr(model, name, None) for name in FUNCTIONS}
    for name, function in found.items():
        if function is None:
            have = [n for n in FUNCTIONS if found[n] is not None]
            owner = "" if model is None else f" of {type(model).__name__}"
            raise TypeError(
                f"{', '.join(FUNCTIONS)} must all be given, got {', '.join(have) or 'none'}{owner}"
            )
        if not callable(function):
            raise TypeError(f"{name} must be a function, got {type(function).__name__}")
    return {name: function for name, function in found.items() if function is not None}


def _images(images: Tensor | npt.ArrayLike) -> Tensor:
    """Return images as a tensor (N, ...)."""
    if isinstance(images, Tensor):
        x = images.detach()
    else:
        try:
            x = torch.as_tensor(np.asarray(images)).to(torch.get_default_dtype())
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"images must be an array or a tensor of numbers, got {type(images).__name__}"
            ) from error
    if x.ndim < 2 or len(x) < 2 or not x[0].numel():
        raise ValueError(f"images must be two or more, shape (N, ...), got {tuple(x.shape)}")
    if not x.isfinite().all():
        raise ValueError(f"images must be finite, got NaN or infinity in {_broken(x)} of {len(x)}")
    return x


def _broken(x: Tensor) -> int:
    return int((~x.isfinite()).flatten(1).any(1).sum())
