r"""What a trained model is worth on a source that can be enumerated.

p_e(z) = sum_x p\*(x) e(z|x) is summed over all x, so that nothing but the choice of the codes z is
random. Two independent sets of codes are drawn. On the first one the model says itself, as it did
in training, what R and D are. On the second one I_e and the two gaps are computed from densities
alone. That the first agrees with the second is a check of the model and of its training code:

    H - D <= I_e <= R,    R + D - H = KL(p_e(z) || m) + E_z KL(p_e(x|z) || d)

Source: Alemi et al., *Fixing a Broken ELBO* (ICML 2018), equation 2 and appendices D.1 and D.2.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.estimates import Estimate, draw_letters
from rdneural.models.build import LatentModel
from rdneural.theory.aggregate import AggregatedPosterior, aggregated_posterior
from rdneural.theory.densities import BATCH, decoder_log_prob
from rdtheory.sources.images import ImageSource


@dataclass(frozen=True)
class Evaluation:
    """A model on an enumerated source: nats, with the standard error of the codes drawn.

    Attributes
    ----------
    entropy
        H of the source, exact.
    rate, distortion, excess
        R, D and R + D - H as the model reports them, on a set of codes of their own.
    beta, lagrangian
        a slope, and D + beta R on the same codes.
    mutual_information
        I_e(X; Z).
    marginal_gap, decoder_gap
        KL(p_e(z) || m) and E_z KL(p_e(x|z) || d).
    gaps
        their sum, whose error is smaller than what theirs say: they share their codes.
    draw_error
        largest difference between an encoder's log-density of its own draw and the one that is
        summed up to p_e(z).
    """

    entropy: float
    rate: Estimate
    distortion: Estimate
    excess: Estimate
    beta: float
    lagrangian: Estimate
    mutual_information: Estimate
    marginal_gap: Estimate
    decoder_gap: Estimate
    gaps: Estimate
    draw_error: float
    samples: int


@torch.no_grad()
def evaluate(
    model: LatentModel,
    source: ImageSource,
    *,
    beta: float = 1.0,
    samples: int = 8192,
    seed: int = 0,
) -> Evaluation:
    """Evaluate a model on a source of as many pixels as it has.

    Letters are drawn by strata (`rdtheory.stratified`), so that the errors are almost those of the
    codes alone; they shrink with the root of `samples`.

    Raises
    ------
    ValueError
        where `samples` is odd or below 2, the images do not fit, or a number is not finite.
    """
    images = as_images(source, model)
    p_x = torch.from_numpy(source.p_x.copy()).to(images.device)

    first = draw_letters(source.p_x, samples, seed=mixed_seed(seed, "first letters"))
    with seeded(mixed_seed(seed, "first codes")):
        reported = [model(x) for x in images[first.letters].split(BATCH)]
    rate = torch.cat([terms.rate for terms in reported]).double()
    distortion = torch.cat([terms.distortion for terms in reported]).double()

    codes = aggregated_posterior(model, images, p_x)
    second = draw_letters(source.p_x, samples, seed=mixed_seed(seed, "second letters"))
    letters = second.letters.to(images.device)
    with seeded(mixed_seed(seed, "second codes")):
        z, log_e = codes.draw(letters)
        summed = _summed(codes, z, letters)
    marginal = model.marginal(model.encoder).double()
    marginal_gap = summed.log_p - marginal.log_prob(z)
    log_d = decoder_log_prob(model.decoder, z, images[summed.decoded])
    decoder_gap = summed.log_posterior - log_d
    return Evaluation(
        entropy=source.entropy,
        rate=first.mean(rate),
        distortion=first.mean(distortion),
        excess=first.mean(rate + distortion - source.entropy),
        beta=beta,
        lagrangian=first.mean(distortion + beta * rate),
        mutual_information=second.mean(summed.divergence),
        marginal_gap=second.mean(marginal_gap),
        decoder_gap=second.mean(decoder_gap),
        gaps=second.mean(marginal_gap + decoder_gap),
        draw_error=(log_e - summed.log_e).abs().max().item(),
        samples=samples,
    )


def as_images(source: ImageSource, model: LatentModel) -> Tensor:
    """Return the images of a source as the model takes them: (X, 1, side, side), padded."""
    like = next(model.parameters())
    padded = source.padded(model.sizes.side)
    return torch.from_numpy(padded.images.copy())[:, None].to(like)


@dataclass(frozen=True, eq=False)
class _Summed:
    r"""What takes a sum over all images, for each code z of a letter, (S,) each.

    `log_p` is log p_e(z), `log_e` log e(z|x) at the letter, `divergence` KL(p_e(x|z) || p\*), whose
    mean is I_e; `decoded` is a letter drawn from p_e(x|z), `log_posterior` log p_e(x|z) there.
    """

    log_p: Tensor
    log_e: Tensor
    divergence: Tensor
    decoded: Tensor
    log_posterior: Tensor


def _summed(codes: AggregatedPosterior, z: Tensor, letters: Tensor) -> _Summed:
    log_p_x = codes.p_x.log()
    columns = []
    for part, own in zip(codes.chunks(z), codes.chunks(letters), strict=True):
        log_joint = codes.log_joint(part)  # (S, X)
        top = log_joint.amax(1, keepdim=True)
        mass = (log_joint - top).exp_()  # p_e(x|z), times `total`
        up_to = mass.cumsum(1)
        total = up_to[:, -1:]
        log_p = (top + total.log())[:, 0]
        uniform = torch.rand(len(part), 1, dtype=mass.dtype, device=mass.device)
        decoded = torch.searchsorted(up_to, uniform * total, right=True).clamp_max(len(log_p_x) - 1)
        log_posterior = log_joint.gather(1, decoded)[:, 0] - log_p
        log_e = log_joint.gather(1, own[:, None])[:, 0] - log_p_x[own]
        log_e_mean = (torch.linalg.vecdot(mass, log_joint) - mass @ log_p_x) / total[:, 0]
        columns.append((log_p, log_e, log_e_mean - log_p, decoded[:, 0], log_posterior))
    return _Summed(*(torch.cat(column) for column in zip(*columns, strict=True)))
