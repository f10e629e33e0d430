"""Tests of capacity."""

SUMS = 1e-13
"""Nats: float64 sums of at most 2000 terms of a few nats, next to those in long double."""
