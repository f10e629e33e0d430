"""The information bottleneck: codes of least I(X; T) that keep some I(T; Y).

At a slope, at a rate, of a relevance, and the whole curve; deterministic codes too.
"""

from rdtheory.bottleneck.bottleneck import bottleneck, bottleneck_curve
from rdtheory.bottleneck.critical import critical_beta, first_beta
from rdtheory.bottleneck.curve import InformationCurve, Split, information_curve
from rdtheory.bottleneck.point import Bottleneck, BottleneckTarget
from rdtheory.bottleneck.targets import bottleneck_rate, bottleneck_relevance
from rdtheory.shown import short_signature

__all__ = [
    "Bottleneck",
    "BottleneckTarget",
    "InformationCurve",
    "Split",
    "bottleneck",
    "bottleneck_curve",
    "bottleneck_rate",
    "bottleneck_relevance",
    "critical_beta",
    "first_beta",
    "information_curve",
]

for _name in __all__:
    short_signature(globals()[_name])
