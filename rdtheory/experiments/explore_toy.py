r"""What the page of the `explore` command shows of the paper's toy: fits, their tables and gaps.

Models of the toy's family, fitted at slopes and to rates. No model has R + D below the entropy H,
and all of these have R + D = H but for their excess, whatever their rate: the ELBO, which is
-(D + R), is blind to it, and D + beta R with any other beta wants an end of the diagonal.
"""

from collections.abc import Sequence
from typing import Any

from rdtheory.experiments.explore import Progress
from rdtheory.experiments.toy import measure
from rdtheory.model import Model
from rdtheory.toy.fit import Fit, Search, fit_beta, fit_target_rate
from rdtheory.toy.source import toy_source

BETAS = (0.25, 0.35, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.4, 2.0, 2.8, 4.0)
RATES = (*(tenth / 10 for tenth in range(11)), *(quarter / 4 for quarter in range(5, 13)))
"""Target rates in nats; the entropy comes after them."""

SPOILED = tuple(tenth / 10 for tenth in range(11))
"""Shares of a marginal, or a decoder, that something worse takes the place of."""


def explore_toy(
    *,
    betas: Sequence[float] = BETAS,
    rates: Sequence[float] = RATES,
    seed: int = 0,
    progress: Progress = None,
) -> dict[str, Any]:
    r"""Fit the toy's family at slopes, and by its smoothest encoders to rates and to the entropy.

    Returns `entropy`, `information` about the class, `p_x`; `betas`, a fit at each slope, and
    `rates`, one at each target. A fit has the numbers of `measure` and its `encoder`, `marginal`
    and `decoder`. One to a rate has also its `target` and `spoiled`: for each `share` of `SPOILED`
    the `rate` where the marginal is mixed with the uniform one, and the `distortion` where the
    decoder is mixed with the source, which knows nothing of the code. All in nats.

    Examples
    --------
    >>> found = explore_toy(betas=[0.5], rates=[])
    >>> [f"{fit['rate']:.4f}" for fit in (*found["betas"], *found["rates"])]
    ['3.2178', '3.2178']
    """
    source = toy_source()
    options = Search(restarts=1, seed=seed, gap=2e-5, attempts=1)  # finer than a page shows
    targets = [*rates, source.entropy]

    def done() -> None:
        if progress:
            progress(1.0 / (len(betas) + len(targets)))

    slopes, fits = [], []
    for beta in betas:
        slopes.append({"beta": beta} | _shown(fit_beta(source.p_x, beta, options=options).best))
        done()
    for target in targets:
        fit = fit_target_rate(source.p_x, target, smoothest=True, options=options).best
        fits.append({"target": target} | _shown(fit) | {"spoiled": _spoiled(fit.model)})
        done()
    return {
        "entropy": source.entropy,
        "information": source.mutual_information,
        "p_x": source.p_x.tolist(),
        "betas": slopes,
        "rates": fits,
    }


def _shown(fit: Fit) -> dict[str, Any]:
    model = fit.model
    return measure(model) | {
        "encoder": model.encoder.tolist(),
        "marginal": model.marginal.tolist(),
        "decoder": model.decoder.tolist(),
    }


def _spoiled(model: Model) -> dict[str, list[float]]:
    codes = model.marginal.size
    found: dict[str, list[float]] = {"share": list(SPOILED), "rate": [], "distortion": []}
    for share in SPOILED:
        marginal = (1.0 - share) * model.marginal + share / codes
        decoder = (1.0 - share) * model.decoder + share * model.p_x
        worse = Model(model.p_x, model.encoder, marginal, decoder)
        found["rate"].append(worse.rate)
        found["distortion"].append(worse.distortion)
    return found
