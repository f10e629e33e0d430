"""Exact rate-distortion theory of finite sources: nats, float64, certified numbers.

What is named here is imported when it is first asked for: who needs one thing waits for no other.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rdtheory import (  # noqa: F401
        bottleneck,
        capacity,
        continuous,
        pareto,
        perception,
        quantisers,
        results,
        side,
        solver,
        sources,
        stratified,
        toy,
    )
    from rdtheory.bjontegaard import BDRate, bd_rate
    from rdtheory.capacity.blahut_arimoto import blahut_arimoto_capacity
    from rdtheory.capacity.certificate import certify_capacity
    from rdtheory.capacity.curve import CapacityCurve, solve_capacity_curve
    from rdtheory.capacity.problem import CapacityPoint
    from rdtheory.capacity.solve import solve_capacity
    from rdtheory.continuous.point import ContinuousPoint
    from rdtheory.continuous.population import Density, Radial
    from rdtheory.continuous.solve import solve_continuous
    from rdtheory.information import (
        binary_entropy,
        conditional_entropy,
        entropy,
        kl_divergence,
        mutual_information,
    )
    from rdtheory.model import Model, optimal_decoder, optimal_marginal
    from rdtheory.perception.problem import PerceptionPoint
    from rdtheory.perception.solve import (
        solve_perception,
        solve_perception_curve,
        solve_perception_distortion,
        solve_perception_rate,
    )
    from rdtheory.perception.tradeoff import PerceptionTradeoff, solve_perception_tradeoff
    from rdtheory.quantisers.curve import QuantiserCurve, QuantiserPoint
    from rdtheory.quantisers.solve import solve_quantiser, solve_quantiser_curve
    from rdtheory.quantisers.uniform import uniform_quantiser
    from rdtheory.side.certify import certify_wyner_ziv
    from rdtheory.side.conditional import (
        ConditionalPoint,
        solve_conditional,
        solve_conditional_curve,
        solve_conditional_distortion,
        solve_conditional_rate,
    )
    from rdtheory.side.curve import SlopeCurve
    from rdtheory.side.several import SeveralPoint, hidden_distortion, solve_several
    from rdtheory.side.strategies import WynerZivPoint
    from rdtheory.side.wyner_ziv import (
        solve_wyner_ziv,
        solve_wyner_ziv_curve,
        solve_wyner_ziv_distortion,
        solve_wyner_ziv_rate,
    )
    from rdtheory.solver.blahut_arimoto import blahut_arimoto
    from rdtheory.solver.certificate import certify
    from rdtheory.solver.critical import critical_slope
    from rdtheory.solver.curve import Enclosed, Frontier
    from rdtheory.solver.fixed_decoder import (
        best_encoder,
        best_encoder_and_marginal,
        decoder_distortion,
    )
    from rdtheory.solver.frontier import solve_frontier
    from rdtheory.solver.gibbs import Coordinates
    from rdtheory.solver.plots import plot_channel, plot_convergence, plot_point
    from rdtheory.solver.slope import RDPoint, solve_slope
    from rdtheory.solver.slopes import solve_slopes
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

HOMES = {
    "bjontegaard": "BDRate bd_rate",
    "capacity.blahut_arimoto": "blahut_arimoto_capacity",
    "capacity.certificate": "certify_capacity",
    "capacity.curve": "CapacityCurve solve_capacity_curve",
    "capacity.problem": "CapacityPoint",
    "capacity.solve": "solve_capacity",
    "continuous.point": "ContinuousPoint",
    "continuous.population": "Density Radial",
    "continuous.solve": "solve_continuous",
    "information": "binary_entropy conditional_entropy entropy kl_divergence mutual_information",
    "model": "Model optimal_decoder optimal_marginal",
    "perception.problem": "PerceptionPoint",
    "perception.solve": (
        "solve_perception solve_perception_curve solve_perception_distortion solve_perception_rate"
    ),
    "perception.tradeoff": "PerceptionTradeoff solve_perception_tradeoff",
    "quantisers.curve": "QuantiserCurve QuantiserPoint",
    "quantisers.solve": "solve_quantiser solve_quantiser_curve",
    "quantisers.uniform": "uniform_quantiser",
    "side.certify": "certify_wyner_ziv",
    "side.conditional": (
        "ConditionalPoint solve_conditional solve_conditional_curve solve_conditional_distortion "
        "solve_conditional_rate"
    ),
    "side.curve": "SlopeCurve",
    "side.several": "SeveralPoint hidden_distortion solve_several",
    "side.strategies": "WynerZivPoint",
    "side.wyner_ziv": (
        "solve_wyner_ziv solve_wyner_ziv_curve solve_wyner_ziv_distortion solve_wyner_ziv_rate"
    ),
    "solver.blahut_arimoto": "blahut_arimoto",
    "solver.certificate": "certify",
    "solver.fixed_decoder": "best_encoder best_encoder_and_marginal decoder_distortion",
    "solver.critical": "critical_slope",
    "solver.curve": "Enclosed Frontier",
    "solver.frontier": "solve_frontier",
    "solver.gibbs": "Coordinates",
    "solver.plots": "plot_channel plot_convergence plot_point",
    "solver.slope": "RDPoint solve_slope",
    "solver.slopes": "solve_slopes",
    "solver.targets": "solve_distortion solve_rate",
    "toy.family": "family_model roughness",
    "toy.fit": "Fit FitResult Search fit_beta fit_target_distortion fit_target_rate",
    "toy.source": "Recovery ToySource optimal_toy_model recovery toy_source",
}
"""In which file what is."""

ROOMS = (
    "bottleneck", "capacity", "continuous", "pareto", "perception", "quantisers", "results", "side",
    "solver", "sources", "stratified", "toy",
)  # fmt: skip
"""Rooms and files that have names of their own; they too are imported when first asked for."""

_HOME_OF = {name: home for home, names in HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (any of the names below)
    """Return what is named here, from its own file, or a room."""
    if name in ROOMS:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rdtheory.shown import short_signature

    found = short_signature(getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name))
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return all names, asked for or not."""
    return sorted({*globals(), *__all__, *ROOMS})


__all__ = [
    "BDRate",
    "CapacityCurve",
    "CapacityPoint",
    "ConditionalPoint",
    "ContinuousPoint",
    "Coordinates",
    "Density",
    "Enclosed",
    "Fit",
    "FitResult",
    "Frontier",
    "Model",
    "PerceptionPoint",
    "PerceptionTradeoff",
    "QuantiserCurve",
    "QuantiserPoint",
    "RDPoint",
    "Radial",
    "Recovery",
    "Search",
    "SeveralPoint",
    "SlopeCurve",
    "ToySource",
    "WynerZivPoint",
    "bd_rate",
    "best_encoder",
    "best_encoder_and_marginal",
    "binary_entropy",
    "blahut_arimoto",
    "blahut_arimoto_capacity",
    "certify",
    "certify_capacity",
    "certify_wyner_ziv",
    "conditional_entropy",
    "critical_slope",
    "decoder_distortion",
    "entropy",
    "family_model",
    "fit_beta",
    "fit_target_distortion",
    "fit_target_rate",
    "hidden_distortion",
    "kl_divergence",
    "mutual_information",
    "optimal_decoder",
    "optimal_marginal",
    "optimal_toy_model",
    "plot_channel",
    "plot_convergence",
    "plot_point",
    "recovery",
    "roughness",
    "solve_capacity",
    "solve_capacity_curve",
    "solve_conditional",
    "solve_conditional_curve",
    "solve_conditional_distortion",
    "solve_conditional_rate",
    "solve_continuous",
    "solve_distortion",
    "solve_frontier",
    "solve_perception",
    "solve_perception_curve",
    "solve_perception_distortion",
    "solve_perception_rate",
    "solve_perception_tradeoff",
    "solve_quantiser",
    "solve_quantiser_curve",
    "solve_rate",
    "solve_several",
    "solve_slope",
    "solve_slopes",
    "solve_wyner_ziv",
    "solve_wyner_ziv_curve",
    "solve_wyner_ziv_distortion",
    "solve_wyner_ziv_rate",
    "toy_source",
    "uniform_quantiser",
]
