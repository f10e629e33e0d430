r"""Several orders of pixels in one network: an image turned and flipped, read in raster order.

Let s_1 .. s_8 be the turns and flips of a square, and p_k(x|z) the chain of pixels of s_k(x), each
given those before it, by a network that is told k. Each is a distribution of images, since s_k only
rearranges them, and so is their mixture of the first K,

    d(x|z) = (1/K) sum_k p_k(x|z),    -log d(x|z) <= -(1/K) sum_k log p_k(x|z),

which is measured exactly, in K passes, and drawn from in one order. Training takes the right side,
with one order for each image, drawn anew at every step. What a network learns of one order helps
with the others, and it sees no image twice in the same way: it overfits later.

Uria, Murray and Larochelle, *A deep and tractable density estimator* (ICML 2014, section 3), train
one network for all orders and average over some; that of turned images as augmentation is of Jun
et al., *Distribution augmentation for generative modeling* (ICML 2020).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rdneural.models.frames import Frame, on_canvas, real_pixels
from rdneural.models.pixel_distributions import (
    BINARY,
    draw_in_turn,
    image_log_prob,
    log_prob_of_pairs,
)
from rdneural.models.pixelcnn import PixelCNN
from rdneural.models.pixels import Pixels


def turns(side: int, device: torch.device) -> Tensor:
    """Return where each pixel of the turned images comes from, (8, side^2); the first is as it is.

    The first four read along rows: strokes of digits are then learnt best.

    Examples
    --------
    >>> turns(2, torch.device("cpu"))[:5].tolist()
    [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1], [1, 0, 3, 2], [0, 2, 1, 3]]
    """
    square = torch.arange(side**2, device=device).view(side, side)
    along = [square, square.rot90(2), square.flip(0), square.flip(1)]
    return torch.stack([turned.flatten() for turned in (*along, *(part.T for part in along))])


def turned(x: Tensor, places: Tensor) -> Tensor:
    """Return images (B, C, side, side) of which each pixel is that at its place, (B, side^2)."""
    return x.flatten(2).take_along_dim(places[:, None], 2).view_as(x)


@dataclass(frozen=True)
class OrderedImages:
    """The mixture over the first `orders` orders; or, where it is to be `learnt`, its bound.

    `logits_of(x, which, places)` returns what the network gives for all pixels of turned images, as
    of `AutoregressiveImages`; `which` (B,) are their orders and `places` (B, side^2) where their
    pixels come from, to turn what the code has to say.
    """

    logits_of: Callable[[Tensor, Tensor, Tensor], Tensor]
    orders: int
    learnt: bool
    count: int
    side: int
    network: PixelCNN
    device: torch.device
    frame: Frame = None
    pixels: Pixels = BINARY

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x; where it is learnt, that in an order drawn."""
        if self.learnt:
            return self.in_order(x, torch.randint(self.orders, (len(x),), device=x.device))
        of_orders = [
            self.in_order(x, torch.full((len(x),), k, device=x.device)) for k in range(self.orders)
        ]
        return torch.stack(of_orders).logsumexp(0) - math.log(self.orders)

    def in_order(self, x: Tensor, which: Tensor) -> Tensor:
        """Return the log-probability of each of images x in an order of its own (B,)."""
        there, back = self._places(which)
        outputs = turned(self.logits_of(turned(x, there), which, there), back)
        return image_log_prob(self.pixels, outputs, x, self.frame)

    def pairwise_log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability of images x given each code, in passes for each pair."""
        return log_prob_of_pairs(self.log_prob, self.count, x)

    @torch.no_grad()
    def sample(self) -> Tensor:
        """Draw one image from each of the batch, each in one order, pixel by pixel."""
        which = torch.randint(self.orders, (self.count,), device=self.device)
        there, back = self._places(which)
        x = torch.zeros(self.count, 1, self.side, self.side, device=self.device)
        real = turned(on_canvas(real_pixels(torch.ones_like(x), self.frame), self.side), there)

        def logits_of(x: Tensor) -> Tensor:
            return self.logits_of(x, which, there)

        draw_in_turn(x, logits_of, self.pixels, self.network, real=real)
        return turned(x, back)

    def _places(self, which: Tensor) -> tuple[Tensor, Tensor]:
        """Return where pixels of turned images come from, and go back to, (B, side^2) each."""
        places = turns(self.side, which.device)
        return places[which], places.argsort(1)[which]
