"""Exact rate-distortion theory of finite sources: nats, float64, certified numbers."""

from rdtheory.family import family_model, roughness
from rdtheory.fit import (
    Fit,
    FitResult,
    Search,
    fit_beta,
    fit_target_distortion,
    fit_target_rate,
)
from rdtheory.information import entropy, kl_divergence, mutual_information
from rdtheory.model import Model, optimal_decoder, optimal_marginal
from rdtheory.toy import Recovery, ToySource, optimal_toy_model, recovery, toy_source

__version__ = "0.1.0"

__all__ = [
    "Fit",
    "FitResult",
    "Model",
    "Recovery",
    "Search",
    "ToySource",
    "entropy",
    "family_model",
    "fit_beta",
    "fit_target_distortion",
    "fit_target_rate",
    "kl_divergence",
    "mutual_information",
    "optimal_decoder",
    "optimal_marginal",
    "optimal_toy_model",
    "recovery",
    "roughness",
    "toy_source",
]
