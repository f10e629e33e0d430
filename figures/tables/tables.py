"""The tables under the name they had: `figures.tables` hands them on."""

from figures.tables import __getattr__  # noqa: F401
