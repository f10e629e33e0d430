"""Neural rate-distortion models on images, held against `rdtheory`; needs the extra `neural`.

It holds the twelve model families of Alemi et al. (2018), their training to a slope or to a rate,
and their evaluation. It may import `rdtheory`, never the other way round. `rdneural.records` alone
needs no torch.
"""
