"""The four functions that are all that is known of a model: how they are called, and asked.

`sample(x)` draws z ~ e(z|x), and `log_e(z, x)`, `log_m(z)` and `log_d(x, z)` are log-densities in
nats, (B,) each. Images and codes are what these functions take, of any shape (B, ...). In here, as
in all that measures, codes are rows (B, dim) in float64 and are handed on in the shape and the
precision in which they were drawn; so are images. Nothing records gradients.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from inspect import signature
from types import CellType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class FourFunctions:
    """The functions, and the shapes and precisions in which they take images and codes.

    Attributes
    ----------
    sample, log_e, log_m, log_d
        as above; `sample` may have a second argument called `noise`, standard normal numbers
        (B, dim), or else a `torch.Generator`.
    image_like, code_like
        an image and a code as the functions take them, without the batch's dimension.
    noise_dim
        `dim` of the noise; None where `sample` takes none.
    sample_m
        `sample_m(count)` draws codes of m(z), if there is such a function.
    log_e_pairs
        `log_e_pairs(z, x)` is log e(z|x) of every code (S) and image (N), (S, N), if there is.
    """

    sample: Callable[..., Tensor]
    log_e: Callable[[Tensor, Tensor], Tensor]
    log_m: Callable[[Tensor], Tensor]
    log_d: Callable[[Tensor, Tensor], Tensor]
    image_like: Tensor
    code_like: Tensor
    noise_dim: int | None = None
    sample_m: Callable[[int], Tensor] | None = None
    log_e_pairs: Callable[[Tensor, Tensor], Tensor] | None = None

    def evaluating(self) -> AbstractContextManager[None]:
        """Put the networks behind the functions into evaluation mode within a block."""
        return evaluating(
            self.sample, self.log_e, self.log_m, self.log_d, self.sample_m, self.log_e_pairs
        )

    def draw(self, x: Tensor) -> Tensor:
        """Return a code of each image, (B, dim) float64."""
        x = self.images(x)
        return code_rows(
            "sample", draw_codes(self.sample, x, self.noise_dim), len(x), self.code_like
        )

    def of_encoder(self, z: Tensor, x: Tensor) -> Tensor:
        """Return log e(z|x) of codes (B, dim) and images, (B,) float64."""
        return numbers("log_e", len(z), self.log_e, self.codes(z), self.images(x))

    def of_marginal(self, z: Tensor) -> Tensor:
        """Return log m(z) of codes (B, dim), (B,) float64."""
        return numbers("log_m", len(z), self.log_m, self.codes(z))

    def of_decoder(self, x: Tensor, z: Tensor) -> Tensor:
        """Return log d(x|z) of images and codes (B, dim), (B,) float64."""
        return numbers("log_d", len(z), self.log_d, self.images(x), self.codes(z))

    def images(self, x: Tensor) -> Tensor:
        """Return images as the functions take them."""
        return x.reshape(len(x), *self.image_like.shape).to(self.image_like)

    def codes(self, z: Tensor) -> Tensor:
        """Return codes (B, dim) as the functions take them."""
        return z.reshape(len(z), *self.code_like.shape).to(self.code_like)


@torch.no_grad()
def draw_codes(sample: Callable[..., Tensor], x: Tensor, noise_dim: int | None = None) -> Tensor:
    """Return what `sample` draws, with noise or a generator where it takes one.

    Either is drawn by torch's own generator, so that the block of `seeded` says what they are.
    """
    extra: list[Any] = []
    second = _second_argument(sample)
    if second == "noise" or noise_dim is not None:
        if noise_dim is None:
            raise ValueError("dim must be given where sample takes noise: the length of its rows")
        extra = [torch.randn(len(x), noise_dim, device=x.device)]
    elif second == "generator":
        seed = int(torch.randint(2**62, ()).item())
        extra = [torch.Generator(x.device).manual_seed(seed)]
    return called("sample", sample, x, *extra)


def _second_argument(sample: Callable[..., Tensor]) -> str | None:
    """Return the name of the second argument that `sample` takes, if it is one of the two."""
    try:
        names = list(signature(sample).parameters)
    except (TypeError, ValueError):  # of a function that does not say
        return None
    return names[1] if names[1:2] and names[1] in ("noise", "generator") else None


def called(name: str, function: Callable[..., Tensor], *arguments: Any) -> Tensor:  # noqa: ANN401
    """Return what a function makes of its arguments, a tensor without gradient."""
    try:
        with torch.no_grad():
            found = function(*arguments)
    except Exception as error:
        shapes = " and ".join(str(tuple(a.shape)) for a in arguments if isinstance(a, Tensor))
        reason = str(error).partition("\n")[0]
        raise ValueError(
            f"{name} must take tensors of shape {shapes or arguments[0]}, "
            f"got {type(error).__name__}: {reason}"
        ) from error
    if not isinstance(found, Tensor):
        raise TypeError(f"{name} must return a tensor, got {type(found).__name__}")
    return found.detach()


def numbers(
    name: str,
    count: int,
    function: Callable[..., Tensor],
    *arguments: Tensor,
    shape: tuple[int, ...] | None = None,
) -> Tensor:
    """Return the log-densities that a function has for a batch of `count`, (count,) float64."""
    found = called(name, function, *arguments)
    wanted = shape or (count,)
    if tuple(found.shape) != wanted:
        said = {
            (): ": a mean or a sum over the batch",
            (1,): ": a mean or a sum over the batch",
            (count, 1): ": squeeze the last dimension",
            (count, count): ": something is broadcast, every row against every other",
        }.get(tuple(found.shape), "")
        if not said and found.ndim > 1 and len(found) == count:
            said = ": sum over all dimensions but the first"
        raise ValueError(
            f"{name} must return one number for each of a batch, shape {wanted}, "
            f"got {tuple(found.shape)}{said}"
        )
    found = found.double()
    if found.isnan().any():
        broken = int(found.isnan().sum())
        raise ValueError(f"{name} must be a number, got NaN for {broken} of {found.numel()}")
    if (found == torch.inf).any():
        raise ValueError(f"{name} must be below infinity, got inf")
    return found


def finite(name: str, found: Tensor) -> Tensor:
    """Return log-densities of what was drawn, which cannot be impossible."""
    wrong = int((~found.isfinite()).sum())
    if wrong:
        raise ValueError(
            f"{name} must be finite at an image and a code of its own, got -inf for {wrong} of "
            f"{len(found)}"
        )
    return found


def code_rows(name: str, z: Tensor, count: int, like: Tensor) -> Tensor:
    """Return codes as rows (count, dim) in float64."""
    if tuple(z.shape) != (count, *like.shape):
        raise ValueError(
            f"{name} must return codes of shape {(count, *like.shape)}, got {tuple(z.shape)}"
        )
    if not z.isfinite().all():
        raise ValueError(f"{name} must return finite codes, got NaN or infinity")
    return z.double().reshape(count, -1)


# -- the networks behind them ---------------------------------------------------------------------


@contextmanager
def evaluating(*functions: Any) -> Iterator[None]:  # noqa: ANN401
    """Put networks that functions use into evaluation mode, and back as they were after the block.

    Networks are found where functions keep them: as the object that a method is of, as what a
    closure or `functools.partial` holds, and by the names of globals that a function uses.
    """
    modules = {m: m.training for f in functions for one in _networks(f) for m in one.modules()}
    try:
        for module in modules:
            module.training = False
        yield
    finally:
        for module, training in modules.items():
            module.training = training


def _networks(function: Any, depth: int = 3) -> Iterator[nn.Module]:  # noqa: ANN401
    if isinstance(function, nn.Module):
        yield function
    elif depth and function is not None and not isinstance(function, Tensor | ModuleType | type):
        code = getattr(function, "__code__", None)
        names = code.co_names if code is not None else ()
        held = [
            *(cell.cell_contents for cell in getattr(function, "__closure__", None) or ()
              if cell != CellType()),
            *(function.__globals__[name] for name in names if name in function.__globals__),
            getattr(function, "__self__", None), getattr(function, "func", None),
            *getattr(function, "args", ()),
            *(getattr(function, "__dict__", None) or {}).values(),
        ]  # fmt: skip
        for one in held:
            yield from _networks(one, depth - 1)
