r"""How much the code tells about images of which only N are known.

With the N images' own encoders summed up exactly, p(z) = (1/N) sum_j e(z|x_j), one number

    (1/N) sum_i E_(z ~ e(z|x_i)) log e(z|x_i) / p(z)

is two things: I_e of the empirical distribution, which no sum over a batch misses, and which is at
most log N; and, in expectation over the choice of the N images, a lower bound of I_e of the
population they come from, InfoNCE with the conditional known. With x_i left out of the sum that is
to bound it,

    (1/N) sum_i E_(z ~ e(z|x_i)) log e(z|x_i) / (1/(N-1)) sum_(j != i) e(z|x_j),

it is an upper bound. Summed over batches of 128 in place of all N the first is at most log 128, 4.9
nats, whatever the model.

Source: Poole, Ozair, van den Oord, Alemi and Tucker, *On variational bounds of mutual information*
(ICML 2019): the leave-one-out upper bound, and InfoNCE where the conditional is known.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.estimates import Estimate, draw_letters
from rdneural.models.code_distributions import EncoderDistribution
from rdneural.theory.aggregate import AggregatedPosterior
from rdtheory.checks import check_count

IN_CACHE = 2**19
"""Pairs of a code and an image that are summed at once: 4 MiB in float64."""


@dataclass(frozen=True)
class Information:
    """What codes tell about N images and about the population they come from, in nats.

    Attributes
    ----------
    images, codes
        N, and the codes that were drawn.
    empirical
        I_e of the N images, each as likely as the others; the error is that of the codes.
    lower, upper
        bounds of the population's I_e; their errors are those of the codes and of the N images.
        `lower` is the number that `empirical` is.
    """

    images: int
    codes: int
    empirical: Estimate
    lower: Estimate
    upper: Estimate

    @property
    def ceiling(self) -> float:
        """Log N, above which `empirical` and `lower` cannot be."""
        return math.log(self.images)


@torch.no_grad()
def measure_information(
    encoder: EncoderDistribution, *, codes: int = 8192, seed: int = 0
) -> Information:
    """Measure the information of N images' encoders, a batch of N (N at least 2).

    Raises
    ------
    ValueError
        where there are fewer than two images, or `codes` is odd or below 2.

    Examples
    --------
    Encoders that know every image, and encoders that know none:

    >>> from rdneural.models.code_distributions import DiagonalNormal
    >>> apart = DiagonalNormal(100.0 * torch.arange(50.0)[:, None], torch.ones(50, 1))
    >>> found = measure_information(apart, codes=100)
    >>> abs(found.empirical.value - math.log(50)) < 1e-6
    True
    >>> same = DiagonalNormal(torch.zeros(50, 1), torch.ones(50, 1))
    >>> abs(measure_information(same, codes=100).empirical.value) < 1e-9
    True
    """
    count = check_count("number of images", len(encoder.mode()), low=2)
    uniform = torch.full((count,), 1 / count, dtype=torch.float64)
    draws = draw_letters(uniform.numpy(), codes, seed=mixed_seed(seed, "images"))
    posterior = AggregatedPosterior(encoder, uniform.to(encoder.mode()))
    with seeded(mixed_seed(seed, "codes")):
        z, _ = posterior.draw(draws.letters.to(posterior.p_x.device))
    letters = draws.letters.to(z.device)
    found: tuple[list[Tensor], list[Tensor]] = ([], [])  # ratios with x_i in the sum, and without
    shares = torch.zeros(2, 2, count, dtype=z.dtype, device=z.device)  # by first codes, by second
    for part, own in zip(posterior.chunks(z), posterior.chunks(letters[:, None]), strict=True):
        log_e = encoder.pairwise_log_prob(part)  # (S, N)
        log_own = log_e.gather(1, own)
        for k, others in enumerate((count, count - 1)):
            if others < count:
                log_e.scatter_(1, own, -math.inf)
            log_sum = log_e.logsumexp(1, keepdim=True)
            found[k].append((log_own - log_sum + math.log(others))[:, 0])
            share = (log_e - log_sum).exp_()
            shares[k, 0] += share[0::2].sum(0)
            shares[k, 1] += share[1::2].sum(0)
    ratios = [torch.cat(parts) for parts in found]
    shares *= 2 * count / len(z)
    empirical, upper = draws.mean(ratios[0]), draws.mean(ratios[1])
    errors = [_population_error(r, letters, s) for r, s in zip(ratios, shares, strict=True)]
    return Information(
        images=count,
        codes=len(z),
        empirical=empirical,
        lower=Estimate(empirical.value, errors[0]),
        upper=Estimate(upper.value, errors[1]),
    )


def _population_error(ratios: Tensor, letters: Tensor, shares: Tensor) -> float:
    r"""Return the standard error of a mean over images that are also in the sums it has below.

    By the infinitesimal jackknife image j moves the mean by its own ratio f_j and, in the sums, by
    g_j = 1 - (N times the mean share that it has of them). With n images drawn

        se^2 = Var(f) / n + (Var(g) + 2 Cov(f, g)) / N.

    Shares (2, N) are known from the first codes of pairs and from the second ones. These are
    independent, so that a covariance between the two is free of the codes' noise.
    """
    count = shares.shape[1]
    drawn = torch.bincount(letters, minlength=count)
    own = torch.zeros_like(shares[0]).index_add_(0, letters, ratios)[drawn > 0] / drawn[drawn > 0]
    g = shares.mean(1, keepdim=True) - shares
    crossed = [
        ((f - f.mean()) * g[1 - k, of]).mean()
        for k, (f, of) in enumerate(zip(ratios.view(-1, 2).T, letters.view(-1, 2).T, strict=True))
    ]
    in_sums = (g[0] * g[1]).mean() + crossed[0] + crossed[1]
    squared = own.var() / len(own) + in_sums / count
    return math.sqrt(max(0.0, squared.item()))
