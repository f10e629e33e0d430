"""What a training run is asked to do: one flat dataclass for commands, JSON and checkpoints."""

import os
import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from rdneural.records.likelihoods import BERNOULLI
from rdneural.records.names import (
    FAMILIES,
    PARTS,
    check_family,
    has_fixed_rate,
    is_autoregressive,
    own_parts_of,
)
from rdneural.records.own import (
    LATER_OF_OWN,
    MEMORY,
    OWN,
    REGISTERED,
    check_frame,
    check_own,
    is_module,
    parted,
    rule_for,
    side_of,
)
from rdneural.records.sizes import ORDERS, PRESETS, SIZES, Sizes
from rdneural.records.types import plain_types
from rdtheory.checks import check_count, check_seed, did_you_mean

if TYPE_CHECKING:
    from rdtheory.sources.images import ImageSource

DATASETS = ("mnist", "omniglot")
NAMED_DATA = ("auto", "mnist5k")
"""What `data` says that is no directory."""

SCHEDULES = ("cosine", "linear")
PRECISIONS = ("float32", "bfloat16")
OPTIMISERS = ("adamw", "muon")

LATER: dict[str, Any] = {
    "dropout": 0.0, "optimiser": "adamw", "orders": 1, "refine": 0, "dim": None,
    "likelihood": BERNOULLI,
    **LATER_OF_OWN, **dict.fromkeys(PARTS),
}  # fmt: skip
"""Settings that files of before December 2026 lack, and what they were."""


@dataclass(frozen=True)
class RunSettings:
    """Settings of a training run.

    Attributes
    ----------
    dataset, data
        `mnist` or `omniglot`, and where its files are (`rdneural.data.load_images`); or the name of
        a source that can be enumerated (`rdtheory.sources.images`), which needs no files; or `own`,
        and where the user's images are (`rdneural.data.own`).
    model, preset
        one of the twelve families or of those with discrete codes (`rdneural.records.names`), and
        how large it is.
    beta, target_rate
        slope of D + beta R, or the rate in nats that is asked for: exactly one of them.
    penalty
        with `target_rate`: minimise D + penalty |R - target| in place of the constraint.
    anneal
        epochs over which beta rises from 0.
    free_bits
        rate in nats below which a smaller one gains nothing.
    epochs
        passes over the training images; need not be whole.
    optimiser
        `adamw`, or `muon` for the kernels of convolutions (`rdneural.training.optimisers`).
    orders
        of pixels that a PixelCNN++ decoder or `coarse:S` learns, of which it is the mixture: 1 to 8
        (`rdneural.models.orders`).
    refine
        steps by which the means of codes are refined, once training is over
        (`rdneural.models.refinement`).
    dim
        dimension of the code z; None for the preset's.
    batch, learning_rate, schedule, warm_up
        of its steps; `cosine` falls to nothing, `linear` does so from the middle on; `warm_up` in
        steps.
    weight_decay
        decoupled from the gradient, times the learning rate.
    dropout
        share of the gated layers' numbers that a step of training leaves out: of those of the
        PixelCNN++ where there is one, else of all.
    clip, normalise_gradients
        greatest norm of the gradient; or divide each tensor's gradient by its norm.
    ema
        decay of the average of weights that is kept as the model; it forgets within a tenth of the
        run at most.
    patience
        stop after this many validations without a better one and keep the best; 0 for never.
    precision, compiled
        of the networks while they train, and whether torch.compile makes them.
    seed, device
        of everything random, and where it runs.
    frame
        height and width of own images; None of others, which are as large as the preset has them.
    binarise
        what makes own grey images binary: `sample`, `threshold:T` or `resampled`.
    split_seed
        of the rule that parts own images into splits, where they are not parted.
    likelihood
        of pixels given a code, for own images that stay grey (`rdneural.records.likelihoods`).
    encoder, decoder, marginal
        of a family with own parts, such as `o+v`: where each is (`rdneural.models.own_parts`).
    """

    dataset: str
    data: str = "auto"
    model: str = "---"
    preset: str = "quick"
    beta: float | None = None
    target_rate: float | None = None
    penalty: float | None = None
    anneal: float = 0.0
    free_bits: float = 0.0
    epochs: float = 20.0
    batch: int = 128
    learning_rate: float = 2e-3
    schedule: str = "cosine"
    warm_up: int = 100
    weight_decay: float = 0.0
    dropout: float = 0.0
    clip: float = 100.0
    normalise_gradients: bool = False
    ema: float = 0.995
    patience: int = 0
    precision: str = "float32"
    compiled: bool = False
    seed: int = 0
    device: str = "cpu"
    frame: tuple[int, int] | None = None
    binarise: str | None = None
    split_seed: int = 0
    likelihood: str = BERNOULLI
    encoder: str | None = None
    decoder: str | None = None
    marginal: str | None = None
    optimiser: str = "adamw"
    orders: int = 1
    refine: int = 0
    dim: int | None = None

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, value in plain_types(given).items():
            object.__setattr__(self, name, value)
        check_family(self.model)
        if self.frame is not None:  # JSON has lists
            object.__setattr__(self, "frame", check_frame(self.frame))
        if self.dataset not in (*DATASETS, OWN):
            check_source(self.dataset)
        for name, allowed in (
            ("preset", PRESETS),
            ("schedule", SCHEDULES),
            ("precision", PRECISIONS),
            ("optimiser", OPTIMISERS),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
        check_own({name: getattr(self, name) for name in ("dataset", *LATER_OF_OWN)})
        check_seed(self.split_seed, name="split_seed")
        self._check_likelihood()
        self._check_orders()
        self._check_refine()
        self._check_dim()
        for part in PARTS:
            if (getattr(self, part) is not None) != (part in own_parts_of(self.model)):
                raise ValueError(
                    f"{part} must be given where the model has o for it, and nowhere else, "
                    f"got {getattr(self, part)} with {self.model}"
                )
        check_family(self.model, self.sizes.side, self.frame)
        if (self.beta is None) == (self.target_rate is None):
            raise ValueError(
                f"give exactly one of beta and target_rate, got {self.beta} and {self.target_rate}"
            )
        for name, low, exclusive in (
            ("beta", 0.0, False),
            ("target_rate", 0.0, True),
            ("penalty", 0.0, True),
            ("anneal", 0.0, False),
            ("free_bits", 0.0, False),
            ("epochs", 0.0, True),
            ("batch", 1, False),
            ("learning_rate", 0.0, True),
            ("warm_up", 0, False),
            ("weight_decay", 0.0, False),
            ("dropout", 0.0, False),
            ("clip", 0.0, True),
            ("ema", 0.0, False),
            ("patience", 0, False),
        ):
            value = getattr(self, name)
            if value is None:
                continue
            good = value > low if exclusive else value >= low
            if not good or not value < float("inf"):
                rule = "above" if exclusive else "at least"
                raise ValueError(f"{name} must be finite and {rule} {low:g}, got {value}")
        for name in ("batch", "warm_up", "patience"):
            if not isinstance(getattr(self, name), int):
                raise ValueError(f"{name} must be a whole number, got {getattr(self, name)}")
        check_seed(self.seed)
        if not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device must be cpu, cuda or cuda:N, got {self.device!r}")
        for name in ("ema", "dropout"):
            if getattr(self, name) >= 1.0:
                raise ValueError(f"{name} must be below 1, got {getattr(self, name)}")
        if self.target_rate is None and self.penalty is not None:
            raise ValueError(f"penalty needs target_rate, got penalty {self.penalty} without it")
        if self.target_rate is not None:
            if has_fixed_rate(self.model):
                raise ValueError(
                    f"target_rate cannot be asked of {self.model}, whose code has the rate that it "
                    f"has, got {self.target_rate:g}"
                )
            for name in ("anneal", "free_bits", "patience"):
                if getattr(self, name):
                    raise ValueError(f"{name} goes with beta, got it with target_rate")

    def _check_likelihood(self) -> None:
        """Raise `ValueError` where pixels cannot have the likelihood that is asked for."""
        wanted = rule_for(self.likelihood, self.binarise)
        if self.likelihood == BERNOULLI:
            return
        if has_fixed_rate(self.model):
            raise ValueError(
                f"likelihood must be bernoulli for {self.model}, got {self.likelihood}"
            )
        if self.binarise != wanted:
            raise ValueError(f"binarise must be {wanted} with {self.likelihood}, got None")

    def _check_orders(self) -> None:
        """Raise `ValueError` where the model cannot have so many orders of pixels."""
        if not isinstance(self.orders, int) or not 1 <= self.orders <= ORDERS:
            raise ValueError(f"orders must be a whole number from 1 to {ORDERS}, got {self.orders}")
        one = self.model.startswith("split:") or not is_autoregressive(self.model)
        if self.orders > 1 and one:
            raise ValueError(
                f"orders must be 1 for {self.model}: a PixelCNN++ decoder that sees a code has "
                f"several, got {self.orders}"
            )

    def _check_refine(self) -> None:
        """Raise `ValueError` where the model's codes cannot be refined so."""
        check_count("refine", self.refine, low=0)
        if self.refine and self.model not in FAMILIES:
            raise ValueError(
                f"refine must be 0 for {self.model}: the twelve families have means that can be "
                f"refined, got {self.refine}"
            )

    def _check_dim(self) -> None:
        """Raise `ValueError` where codes cannot have the dimension that is asked for."""
        if self.dim is None:
            return
        check_count("dim", self.dim)
        if self.model not in FAMILIES and not own_parts_of(self.model):
            raise ValueError(
                f"dim must be left out for {self.model}, whose code has no other length than its "
                f"own, got {self.dim}"
            )

    @property
    def sizes(self) -> Sizes:
        """Sizes of the model's parts: the preset's, but for own images theirs."""
        sizes = SIZES[self.preset]
        if self.dim is not None:
            sizes = replace(sizes, dim=self.dim)
        if self.orders > 1:
            sizes = replace(sizes, pixel_orders=self.orders)
        if self.frame is None:
            return sizes
        return replace(
            sizes, side=side_of(self.frame), frame=self.frame, likelihood=self.likelihood
        )

    @property
    def own_parts(self) -> dict[str, str]:
        """Where the own parts of the model are, by part."""
        return {part: getattr(self, part) for part in own_parts_of(self.model)}

    @property
    def source(self) -> "ImageSource | None":
        """The source of the images, where they can be enumerated."""
        if self.dataset in (*DATASETS, OWN):
            return None
        from rdtheory.sources.images import named_image_source

        return named_image_source(self.dataset)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as JSON has them."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return found | {"frame": None if self.frame is None else list(self.frame)}


def is_source(dataset: str) -> bool:
    """Return whether a name begins as that of a source that can be enumerated."""
    from rdtheory.sources.images import FAMILIES  # half a second, of which mnist needs nothing

    return isinstance(dataset, str) and dataset.split(":")[0] in FAMILIES


def check_source(dataset: str) -> None:
    """Raise `ValueError` where a name is neither a data set's nor a source's."""
    from rdtheory.sources.images import FAMILIES, named_image_source

    if not is_source(dataset):
        known = ", ".join((*DATASETS, *FAMILIES))
        meant = did_you_mean(str(dataset).split(":")[0], (*DATASETS, "mnist5k", *FAMILIES))
        raise ValueError(f"dataset must be one of {known}, got {dataset!r}{meant}")
    named_image_source(dataset)


def place_of_data(data: str) -> str:
    """Return where images are, as it is found from any directory: a path is made absolute.

    Examples
    --------
    >>> place_of_data("mnist5k"), place_of_data("/tmp/./digits/")
    ('mnist5k', '/tmp/digits')
    >>> place_of_data("/tmp/./faces.py:load"), place_of_data("faces.sets:load")
    ('/tmp/faces.py:load', 'faces.sets:load')
    """
    if data in NAMED_DATA or data in REGISTERED or data.startswith(MEMORY):
        return data
    place, name = parted(data)
    if name is not None and is_module(place):
        return data
    return os.path.abspath(place) + ("" if name is None else f":{name}")
