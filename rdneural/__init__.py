"""Neural rate-distortion models on images, held against `rdtheory`; needs the extra `neural`.

It holds the twelve model families of Alemi et al. (2018), their training to a slope or to a rate,
and their evaluation. It may import `rdtheory`, never the other way round.
"""

from importlib.util import find_spec

if find_spec("torch") is None:  # which is not imported here: what needs it does so
    raise ImportError("rdneural needs torch: pip install -e '.[neural]'")
