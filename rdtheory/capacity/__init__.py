"""Capacity of finite channels, certified: what `rdtheory` hands on of it lies in its files."""
