"""Exact rate-distortion theory of finite sources: nats, float64, certified numbers."""

from rdtheory.information import entropy, kl_divergence, mutual_information
from rdtheory.model import Model, optimal_decoder, optimal_marginal
from rdtheory.solver.blahut_arimoto import blahut_arimoto
from rdtheory.solver.certificate import certify
from rdtheory.solver.fixed_decoder import (
    best_encoder,
    best_encoder_and_marginal,
    decoder_distortion,
)
from rdtheory.solver.frontier import Frontier, solve_frontier
from rdtheory.solver.gibbs import Coordinates
from rdtheory.solver.slope import RDPoint, solve_slope
from rdtheory.solver.targets import solve_distortion, solve_rate
from rdtheory.toy.family import family_model, roughness
from rdtheory.toy.fit import (
    Fit,
    FitResult,
    Search,
    fit_beta,
    fit_target_distortion,
    fit_target_rate,
)
from rdtheory.toy.source import Recovery, ToySource, optimal_toy_model, recovery, toy_source

__version__ = "0.1.0"

__all__ = [
    "Coordinates",
    "Fit",
    "FitResult",
    "Frontier",
    "Model",
    "RDPoint",
    "Recovery",
    "Search",
    "ToySource",
    "best_encoder",
    "best_encoder_and_marginal",
    "blahut_arimoto",
    "certify",
    "decoder_distortion",
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
    "solve_distortion",
    "solve_frontier",
    "solve_rate",
    "solve_slope",
    "toy_source",
]
