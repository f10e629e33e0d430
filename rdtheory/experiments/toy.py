r"""The paper's toy experiment (section 4, Figure 2): one family fitted by ELBO and to a rate.

The finding: the ELBO is met by a model that ignores its code; a target rate is met by models that
use it, and the smoothest of them is the process that made the data.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rdtheory.checks import Array, check_number
from rdtheory.model import Model
from rdtheory.toy.family import roughness
from rdtheory.toy.fit import FitResult, Search, fit_beta, fit_target_rate
from rdtheory.toy.source import ToySource, optimal_toy_model, recovery, toy_source


@dataclass(frozen=True, eq=False)
class ToyExperiment:
    """The toy source, its hand-made optimal model, and the fits by name."""

    source: ToySource
    optimal: Model
    fits: dict[str, FitResult]

    @property
    def models(self) -> dict[str, Model]:
        """The optimal model and the best fit of every kind."""
        return {"optimal": self.optimal} | {
            name: result.best.model for name, result in self.fits.items()
        }

    def summary(self) -> dict[str, Any]:
        """Return all numbers of the experiment, ready for JSON, in nats."""
        return {
            "entropy": self.source.entropy,
            "source_mutual_information": self.source.mutual_information,
            "models": {name: measure(model) for name, model in self.models.items()},
            "restarts": {name: measure_restarts(result) for name, result in self.fits.items()},
        }

    def arrays(self) -> dict[str, Array]:
        r"""Return the tables of all models by name, with the source and p(z\*|x)."""
        tables = {"p_x": self.source.p_x, "posterior": self.source.posterior}
        for name, model in self.models.items():
            tables[f"{name}_encoder"] = model.encoder
            tables[f"{name}_marginal"] = model.marginal
            tables[f"{name}_decoder"] = model.decoder
        return tables


def run_toy(
    target_rate: float,
    *,
    beta: float = 1.0,
    penalty: float | None = None,
    options: Search | None = None,
    progress: Callable[[float], None] | None = None,
) -> ToyExperiment:
    """Fit the family by D + beta R, to the target rate, and to it by the smoothest encoder.

    `penalty` and `options` are those of `fit_target_rate`; `progress` is called with the share of
    the work newly done. Raises `ValueError` where an argument is out of its range.

    Examples
    --------
    >>> experiment = run_toy(0.5, options=Search(restarts=2))
    >>> {name: round(model.rate, 2) for name, model in experiment.models.items()}
    {'optimal': 0.5, 'elbo': 0.0, 'target': 0.5, 'smoothest': 0.5}
    """
    source = toy_source()
    check_number("beta", beta, low=0.0)  # before any work is done; fits check their rates first

    def third(share: float) -> None:
        if progress:
            progress(share / 3.0)

    fits = {
        "target": fit_target_rate(
            source.p_x, target_rate, penalty=penalty, options=options, progress=third
        ),
        "elbo": fit_beta(source.p_x, beta, options=options, progress=third),
        "smoothest": fit_target_rate(
            source.p_x,
            target_rate,
            penalty=penalty,
            smoothest=True,
            options=options,
            progress=third,
        ),
    }
    order = ("elbo", "target", "smoothest")
    return ToyExperiment(source, optimal_toy_model(), {name: fits[name] for name in order})


@dataclass(frozen=True)
class Way:
    """One way of fitting the target rate, for the study of what recovery depends on."""

    name: str
    options: dict[str, Any]
    penalty: float | None = None
    smoothest: bool = False
    codes: int = 30


WAYS = (
    Way("trained (default)", {}),
    Way("trained, penalty 1 as in the paper", {}, penalty=1.0),
    Way("trained, penalty 2", {}, penalty=2.0),
    Way("trained, start 0.001", {"scale": 0.001}),
    Way("trained, start 0.1", {"scale": 0.1}),
    Way("trained, start 1", {"scale": 1.0}),
    Way("trained, learning rate 0.003", {"learning_rate": 0.003}),
    Way("trained, learning rate 0.03", {"learning_rate": 0.03}),
    Way("trained, 2 codes", {}, codes=2),
    Way("trained, 5 codes", {}, codes=5),
    Way("quasi-Newton only, start 0.01", {"start": "small"}),
    Way("quasi-Newton only, start 1", {"start": "small", "scale": 1.0}),
    Way("quasi-Newton only, ordered start", {"start": "ordered"}),
    Way("smoothest, trained", {}, smoothest=True),
    Way("smoothest, trained, start 1", {"scale": 1.0}, smoothest=True),
    Way("smoothest, trained, 2 codes", {}, smoothest=True, codes=2),
    Way("smoothest, quasi-Newton only", {"start": "small"}, smoothest=True),
)


def run_recovery(
    target_rate: float,
    *,
    restarts: int = 24,
    seed: int = 0,
    ways: Sequence[Way] = WAYS,
    progress: Callable[[float], None] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    r"""Fit the target rate in many ways and measure how each recovers z\*, restart by restart.

    Returns the measures of all restarts under the name of each way. Restarts that do not converge
    are part of the picture: they have one attempt each and are marked by `converged`, with no
    warning.

    Examples
    --------
    >>> found = run_recovery(0.5, restarts=2, ways=WAYS[:1])
    >>> [len(restarts) for restarts in found.values()]
    [2]
    """
    p_x = toy_source().p_x
    found = {}
    for way in ways:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            result = fit_target_rate(
                p_x,
                target_rate,
                penalty=way.penalty,
                smoothest=way.smoothest,
                codes=way.codes,
                options=Search(restarts=restarts, seed=seed, attempts=1, **way.options),
            )
        found[way.name] = measure_restarts(result)
        if progress:
            progress(1.0 / len(ways))
    return found


def measure(model: Model) -> dict[str, float]:
    """Return the numbers of a model of the toy source under their names in a result file."""
    found = asdict(recovery(model, toy_source().posterior))
    return {
        "rate": model.rate,
        "distortion": model.distortion,
        "mutual_information": model.mutual_information,
        "excess": model.excess,
        "marginal_gap": model.marginal_gap,
        "decoder_gap": model.decoder_gap,
        "recovery": found["information"],
        "class0_mass": found["class0_mass"],
        "bayes_agreement": found["bayes_agreement"],
        "roughness": roughness(model.p_x, model.encoder),
        "effective_codes": float(np.exp(model.code_entropy)),
    }


def measure_restarts(result: FitResult) -> list[dict[str, Any]]:
    """Return the numbers of every restart: those of its model and its certificate."""
    return [
        measure(fit.model)
        | {
            "gap": fit.gap,
            "slope": fit.slope,
            "stationarity": fit.stationarity,
            "iterations": fit.iterations,
            "attempts": fit.attempts,
            "converged": fit.converged,
        }
        for fit in result.fits
    ]


def spread(restarts: Sequence[dict[str, Any]], name: str) -> tuple[float, float, float]:
    """Median, least and greatest value of one measure over restarts."""
    values = [restart[name] for restart in restarts]
    return float(np.median(values)), float(min(values)), float(max(values))
