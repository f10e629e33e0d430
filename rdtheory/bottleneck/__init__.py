"""The information bottleneck: the least I(X; Z) + I(X; Y given Z) / beta, and whole curves."""

from rdtheory.bottleneck.bottleneck import Bottleneck, bottleneck, bottleneck_curve, critical_beta

__all__ = ["Bottleneck", "bottleneck", "bottleneck_curve", "critical_beta"]
