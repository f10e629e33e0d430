"""Encoders, decoders and marginals as networks, and the models that they make."""
