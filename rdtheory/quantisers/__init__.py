"""Scalar quantisers with entropy codes, exact: the problem lies in `dynamic`."""
