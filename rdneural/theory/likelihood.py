r"""How well a decoder and a marginal describe images with the best encoder there could be.

With decoder and marginal fixed the best encoder at slope beta is e(z|x) ~ m(z) d(x|z)^(1/beta), and

    min_e D + beta R = -beta E_x log F(x),    F(x) = integral m(z) d(x|z)^(1/beta) dz.

At beta = 1 F is the marginal likelihood. F is estimated by importance sampling from the model's own
encoder; the mean of log F is then at most what it should be, so the value is an upper bound.

Sources: Burda, Grosse and Salakhutdinov, *Importance weighted autoencoders* (ICLR 2016), for beta =
1; Huang, Makhzani, Cao and Grosse (ICML 2020), equation 10, for the slope.
"""

import math

import torch
from torch import Tensor

from rdneural.machine.seeding import seeded
from rdneural.models.build import LatentModel
from rdneural.theory.densities import BATCH, decoder_log_prob, encoded
from rdtheory.checks import check_count, check_number, check_seed


@torch.no_grad()
def importance_weighted(
    model: LatentModel, images: Tensor, *, codes: int, beta: float = 1.0, seed: int = 0
) -> Tensor:
    r"""Return -beta log (1/K) sum_k w_k of each image, (N,) float64, in nats.

        w_k = m(z_k) d(x|z_k)^(1/beta) / e(z_k|x),    z_k ~ e(z|x),    K = `codes`.

    Its expectation falls with K, from D + beta R at K = 1 to that of the best encoder. At beta = 1
    it is the importance-weighted bound of -log p(x).

    Parameters
    ----------
    images
        (N, 1, side, side) of zeros and ones.
    codes
        K, codes drawn for each image.

    Raises
    ------
    ValueError
        where `codes` is below 1 or beta below 1e-12.
    """
    check_count("codes", codes)
    check_number("beta", beta, low=1e-12)
    like = next(model.parameters())
    bounds = []
    with seeded(check_seed(seed)):
        marginal = model.marginal(model.encoder).double()
        for chunk in images.to(like).split(max(1, BATCH // codes)):
            encoder = encoded(model, chunk)
            log_f = torch.full((len(chunk),), -math.inf, dtype=torch.float64, device=like.device)
            for done in range(0, codes, BATCH):
                count = min(BATCH, codes - done)
                of_pair = torch.arange(len(chunk), device=like.device).repeat_interleave(count)
                z, log_e = encoder.picked(of_pair).rsample_with_log_prob()
                log_d = decoder_log_prob(model.decoder, z, chunk[of_pair])
                log_w = marginal.log_prob(z) + log_d / beta - log_e
                log_f = torch.logaddexp(log_f, log_w.view(len(chunk), count).logsumexp(1))
            bounds.append(-beta * (log_f - math.log(codes)))
    return torch.cat(bounds)
