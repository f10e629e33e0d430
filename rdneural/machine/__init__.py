"""Devices, random numbers, interruption, and where work is carried out."""

from importlib.util import find_spec

if find_spec("torch") is None:  # which is not imported here: what needs it does so
    raise ImportError("rdneural needs torch: pip install -e '.[neural]'")
