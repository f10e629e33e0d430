"""How large the networks are: three presets of one code."""

from dataclasses import dataclass

from rdneural.records.likelihoods import BERNOULLI

PRESETS = ("tiny", "quick", "paper")

ORDERS = 8
"""Orders of pixels that there are: turns and flips of a square."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of the parts of a model.

    Attributes
    ----------
    side
        networks see side x side pixels; a multiple of 4.
    frame
        height and width of the images, at the top left of what networks see: the other pixels are
        0 for sure, and cost nothing. None where there are no others.
    likelihood
        of pixels given a code (`rdneural.records.likelihoods`).
    dim
        dimension of the code z.
    features, deep_features
        channels of the convolutions of `-` networks: at full resolution, and further in.
    patched
        whether `-` networks see blocks of 2x2 pixels as channels. They then have no layers at full
        resolution, and the decoder has one more layer next to the code: several times faster, and
        where channels are few no worse.
    narrow
        channels next to the dense layer between images and codes, which has most of all weights;
        None for as many as there are.
    encoder_blocks, decoder_blocks
        gated 3x3 convolutions at side/4 that are added to what they see.
    top_features
        outputs of the encoder's last convolution.
    made_hidden
        widths of the hidden layers of every MADE.
    flow_steps
        steps of an inverse or masked autoregressive flow.
    pseudo_inputs
        components of the VampPrior.
    pixel_features, pixel_layers, pixel_levels
        channels of the PixelCNN++ decoder, resnet layers a block, and sizes that it halves through
        (3: blocks at 28, 14, 7, 7, 14, 28).
    pixel_orders
        orders of pixels that it has, of which it is the mixture (`rdneural.models.orders`).
    """

    side: int = 28
    dim: int = 64
    features: int = 32
    deep_features: int = 64
    patched: bool = False
    narrow: int | None = None
    encoder_blocks: int = 0
    decoder_blocks: int = 0
    top_features: int = 256
    made_hidden: tuple[int, ...] = (640, 640, 640)
    flow_steps: int = 4
    pseudo_inputs: int = 500
    pixel_features: int = 64
    pixel_layers: int = 2
    pixel_levels: int = 3
    pixel_orders: int = 1
    frame: tuple[int, int] | None = None
    likelihood: str = BERNOULLI

    def __post_init__(self) -> None:
        halvings = max(4, 2 ** (self.pixel_levels - 1))
        if self.side < 4 or self.side % halvings:
            raise ValueError(f"side must be a positive multiple of {halvings}, got {self.side}")
        if self.frame == (self.side, self.side):
            object.__setattr__(self, "frame", None)
        if self.frame is not None and not 0 < min(self.frame) <= max(self.frame) <= self.side:
            raise ValueError(f"frame must lie in {self.side}x{self.side} pixels, got {self.frame}")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the images."""
        return self.frame or (self.side, self.side)

    @property
    def pixels(self) -> int:
        """Pixels of an image."""
        return self.shape[0] * self.shape[1]


SIZES = {
    "tiny": Sizes(
        side=4, dim=4, features=8, deep_features=16, top_features=32, made_hidden=(32, 32, 32),
        pseudo_inputs=32, pixel_features=16, pixel_layers=1, pixel_levels=2,
    ),
    "quick": Sizes(
        dim=32, features=16, deep_features=64, patched=True, narrow=12, encoder_blocks=1,
        decoder_blocks=3, top_features=192, made_hidden=(128, 128, 128), pseudo_inputs=128,
        pixel_features=32, pixel_layers=1,
    ),
    "paper": Sizes(),
}  # fmt: skip
