"""Reproductions anywhere in R^k: what `rdtheory` hands on of it lies in its files."""
