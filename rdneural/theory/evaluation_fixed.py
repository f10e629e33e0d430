r"""What a model whose code is a fixed map is worth on a source that can be enumerated: sums alone.

With z = f(x) nothing is random, so that every number is a sum over all images x, without an error:

    I_e = H(Z),    KL(p_e(z) || m) = sum_z p_e(z) log p_e(z)/m(z),
    E KL(p_e(x|z) || d) = sum_x p\*(x) log p\*(x) / (p_e(f(x)) d(x|f(x))).

R and D are what the model reports; the gaps are computed from the densities of its parts.
"""

import torch
from torch import Tensor

from rdneural.measures.estimates import Estimate
from rdneural.models.build import LatentModel
from rdneural.models.discrete_codes import PointCodes
from rdneural.theory.densities import BATCH, decoder_log_prob, encoded
from rdneural.theory.evaluation import Evaluation, as_images
from rdtheory.sources.images import ImageSource


@torch.no_grad()
def evaluate_fixed(model: LatentModel, source: ImageSource, *, beta: float = 1.0) -> Evaluation:
    """Evaluate a model whose encoder returns `PointCodes`; no number has an error.

    Raises
    ------
    ValueError
        where the images do not fit or a number is not finite.
    """
    images = as_images(source, model)
    p_x = torch.from_numpy(source.p_x.copy()).to(images.device)
    reported = [model(x) for x in images.split(BATCH)]
    rate = torch.cat([terms.rate for terms in reported]).double()
    distortion = torch.cat([terms.distortion for terms in reported]).double()

    codes = encoded(model, images)
    assert isinstance(codes, PointCodes)
    group, first = _groups(codes.z)
    p_z = torch.zeros(len(first), dtype=p_x.dtype, device=p_x.device).index_add_(0, group, p_x)
    marginal = model.marginal(model.encoder)
    log_m = torch.cat([marginal.log_prob(z) for z in codes.z[first].split(BATCH)]).double()
    log_d = decoder_log_prob(model.decoder, codes.z, images)

    marginal_gap = p_z @ (p_z.log() - log_m)
    decoder_gap = p_x @ (p_x.log() - p_z.log()[group] - log_d)
    return Evaluation(
        entropy=source.entropy,
        rate=_sure(p_x @ rate),
        distortion=_sure(p_x @ distortion),
        excess=_sure(p_x @ (rate + distortion) - source.entropy),
        beta=beta,
        lagrangian=_sure(p_x @ (distortion + beta * rate)),
        mutual_information=_sure(-(p_z @ p_z.log())),
        marginal_gap=_sure(marginal_gap),
        decoder_gap=_sure(decoder_gap),
        gaps=_sure(marginal_gap + decoder_gap),
        draw_error=0.0,
        samples=len(images),
    )


def _groups(z: Tensor) -> tuple[Tensor, Tensor]:
    """Return the number of each code's group of equals, (N,), and a member of each, (G,)."""
    numbers = {code: index for index, code in enumerate(dict.fromkeys(map(bytes, _packed(z))))}
    group = torch.tensor([numbers[bytes(code)] for code in _packed(z)])
    first = torch.full((len(numbers),), len(z)).scatter_reduce_(
        0, group, torch.arange(len(z)), "amin"
    )
    return group.to(z.device), first.to(z.device)


def _packed(z: Tensor) -> list[list[int]]:
    return z.to(torch.uint8).tolist()


def _sure(value: Tensor) -> Estimate:
    return Estimate(value.item())
