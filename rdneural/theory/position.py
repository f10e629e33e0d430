r"""Which part of a model costs how many nats: its place among three exact curves.

All at the model's own slope beta, where L = D + beta R of

    the infinite family        L_0 = min(1, beta) H
    its decoder                L_d = min over encoders and marginals  (`decoder_frontier`)
    its decoder and marginal   L_dm = min over encoders               (`likelihood`)
    the model itself           L

so that L_0 <= L_d <= L_dm <= L, and what each step adds is what that part costs:

    L - L_0 = (L - L_dm: the encoder) + (L_dm - L_d: the marginal) + (L_d - L_0: the decoder).
"""

from dataclasses import dataclass

import numpy as np
import torch

from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.estimates import Estimate, draw_letters, plain
from rdneural.models.build import LatentModel
from rdneural.records.names import is_autoregressive
from rdneural.theory.aggregate import aggregated_posterior
from rdneural.theory.decoder_frontier import DecoderFrontier, decoder_frontier
from rdneural.theory.evaluation import Evaluation, as_images
from rdneural.theory.likelihood import importance_weighted
from rdtheory.sources.images import ImageSource

LETTERS = 512
"""Letters over which the decoder's frontier is solved; of a larger source some drawn by chance."""

PAIRS = {False: 2**20, True: 2**19}
"""Pairs of a code and a letter that are tabulated, at most, which takes seconds; by whether the
decoder is autoregressive."""

MOST_CODES = 2048
"""Codes that are tabulated, at most."""

CODES_EACH = 64
"""Codes of each letter with which the best encoder's value is estimated."""


@dataclass(frozen=True)
class Position:
    """What encoder, marginal and decoder cost at the slope beta, in nats, with standard errors.

    The encoder's cost is an estimate from below and the marginal's as much from above, since finite
    samples overestimate L_dm. `frontier` has the least D + beta R of the decoder and how sure it
    is.
    """

    beta: float
    encoder_cost: Estimate
    marginal_cost: Estimate
    decoder_cost: Estimate
    frontier: DecoderFrontier


def locate(
    model: LatentModel, source: ImageSource, found: Evaluation, *, seed: int = 0
) -> Position:
    """Place a model, already evaluated at its slope, among the three curves of its source."""
    beta, images = found.beta, as_images(source, model)
    posterior = aggregated_posterior(model, images, torch.from_numpy(source.p_x.copy()))

    easiest = min(1.0, beta) * source.entropy  # L_0
    surprise = -min(1.0, beta) * posterior.p_x.log()  # of each letter; mean L_0

    draws = draw_letters(source.p_x, 2 * LETTERS, seed=mixed_seed(seed, "best encoder"))
    bounds = importance_weighted(
        model, images[draws.letters], codes=CODES_EACH, beta=beta,
        seed=mixed_seed(seed, "best encoder"),
    )  # fmt: skip
    letters = draws.letters.to(images.device)
    best_encoder = draws.mean(bounds - surprise[letters])  # above L_0, as all that follows

    picked, p_x, held_out = images, source.p_x, None
    if len(images) > LETTERS:  # as many for the marginal to be made for, and to be tried on
        with seeded(mixed_seed(seed, "letters")):
            letters = torch.multinomial(posterior.p_x, 2 * LETTERS, replacement=True)
        picked, held_out = images[letters[:LETTERS]], images[letters[LETTERS:]]
        p_x = np.full(LETTERS, 1 / LETTERS)
    pairs = PAIRS[is_autoregressive(model.family)]
    frontier = decoder_frontier(
        model, posterior, picked, p_x, beta, codes=min(MOST_CODES, pairs // len(picked)),
        held_out=held_out, seed=seed,
    )  # fmt: skip
    if frontier.held_out is None:
        best_code = Estimate(frontier.value - easiest)
    else:
        best_code = plain(frontier.held_out - surprise[letters[LETTERS:]])
    return Position(
        beta=beta,
        encoder_cost=found.lagrangian - Estimate(easiest) - best_encoder,
        marginal_cost=best_encoder - best_code,
        decoder_cost=best_code,
        frontier=frontier,
    )
