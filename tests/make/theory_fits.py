"""Fits of a toy source as bits."""

from dataclasses import fields


def everything(fit):
    """All numbers of a fit, as bits; its model is made of its parameters."""
    found = {f.name: getattr(fit, f.name) for f in fields(fit) if f.name != "model"}
    return found | {"parameters": fit.parameters.tobytes()}
