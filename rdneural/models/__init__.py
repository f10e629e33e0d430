"""Encoders, decoders and marginals as networks, and the models that they make."""

import rdneural.machine  # noqa: F401  (which says what to install where torch is missing)
