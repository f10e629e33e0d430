r"""What a code tells of the class of an image, where the source can be enumerated.

With p_e(x|z) summed over all images x, the class of a code is known as well as it can be,

    p(y|z) = sum_x p_e(x|z) p(y|x),    I(Y; Z) = E_z KL(p(y|z) || p(y)),

and no probe has to be learned: only the codes z are drawn. By data processing I(Y; Z) is at most
F(I(X; Z)) <= F(R), the information curve of the source (`rdtheory.bottleneck`).

Source: Cover and Thomas, *Elements of Information Theory* (2006), section 2.8.
"""

import numpy.typing as npt
import torch

from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.estimates import Estimate, draw_letters
from rdneural.models.build import LatentModel
from rdneural.theory.aggregate import aggregated_posterior
from rdneural.theory.evaluation import as_images
from rdtheory.sources.images import ImageSource


@torch.no_grad()
def class_information(
    model: LatentModel,
    source: ImageSource,
    posterior: npt.ArrayLike,
    *,
    samples: int = 8192,
    seed: int = 0,
) -> Estimate:
    """Return I(Y; Z) of a model's codes in nats, with the standard error of the codes drawn.

    Parameters
    ----------
    model : of images as large as the source's, or larger
    source : X images
    posterior : (X, K) p(y|x) (`rdtheory.sources.image_classes`)
    samples : codes drawn, an even number

    Raises
    ------
    ValueError
        where `samples` is odd or below 2, or the images do not fit.
    """
    images = as_images(source, model)
    codes = aggregated_posterior(model, images, torch.from_numpy(source.p_x.copy()))
    of_image = torch.as_tensor(posterior, dtype=torch.float64, device=images.device)  # (X, K)
    prior = torch.from_numpy(source.p_x.copy()).to(of_image) @ of_image
    draws = draw_letters(source.p_x, samples, seed=mixed_seed(seed, "class letters"))
    with seeded(mixed_seed(seed, "class codes")):
        z, _ = codes.draw(draws.letters.to(images.device))
    told = torch.cat([codes.responsibilities(part) @ of_image for part in codes.chunks(z)])
    # xlogy: a class that a code rules out says nothing
    divergence = torch.special.xlogy(told, told / prior).sum(1)
    return draws.mean(divergence)
