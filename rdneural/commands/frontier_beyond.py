"""What `frontier` can ask beyond R(D): side information, perception, quantisers."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from rdneural.commands.job import Done, Job

F = TypeVar("F", bound=Callable[..., Any])


def beyond_options(command: F) -> F:
    """Add the options of this file to a command."""
    options = [
        click.option(
            "--side", metavar="NAME",
            help="The decoder, or both ends, know y: p(x, y) of a .csv (a line for each x), .npy "
            "or .npz (an array joint), or dsbs:P, gaussian:RHO[:N]; rows sum to the source.",
        ),
        click.option(
            "--side-at", type=click.Choice(["all", "both", "decoder"]), default="all",
            show_default=True,
            help="Who knows y: both ends, the decoder alone; or each, and nobody, beside each "
            "other.",
        ),
        click.option(
            "--perception", metavar="LIMITS",
            help="Outputs look like the source within P, in total variation or in KL: tv:0.1, "
            "kl:0.1, 0; several as tv:0,0.1,0.2.",
        ),
        click.option(
            "--quantiser", is_flag=True,
            help="The best scalar quantisers with an entropy code, beside R(D). Takes --betas.",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def kind_of(
    continuous: bool, side: str | None, side_at: str, perception: str | None, quantiser: bool
) -> str:
    """Return the option that asks for more than R(D), "" for none; refuse two of them."""
    given = {"continuous": continuous, "side": side is not None,
             "perception": perception is not None, "quantiser": quantiser}  # fmt: skip
    kinds = [name for name, on in given.items() if on]
    if len(kinds) > 1:
        rule = "give one of --continuous, --side, --perception, --quantiser"
        raise ValueError(f"{rule}, got {', '.join(kinds)}")
    if side_at != "all" and side is None:
        raise ValueError(f"side-at must be left out without --side, got {side_at}")
    return kinds[0] if kinds else ""


def beyond(
    job: Job, source_name: str, *, side: str | None, side_at: str, perception: str | None,
    **options: Any,  # noqa: ANN401  (that all of the library's functions take)
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    """Solve one of these problems; return its result, and the settings that it has of its own."""
    from rdtheory.experiments.beyond import limits_of, run_perception, run_quantiser, run_side
    from rdtheory.sources import named_source
    from rdtheory.sources.joints import named_joint

    source = named_source(source_name)
    run: Callable[..., dict[str, Any]]
    if side is not None:
        settings: dict[str, Any] = {"side": side, "side_at": side_at}
        run = partial(run_side, source, named_joint(side).table, at=side_at)
    elif perception is not None:
        settings = {"perception": perception}
        limits, divergence = limits_of(perception)
        run = partial(run_perception, source, limits, divergence=divergence)
    else:
        settings, run = {"quantiser": True}, partial(run_quantiser, source)
    with job.progress("solving") as progress:
        return run(progress=progress, **options), settings


def told(found: dict[str, Any], settings: dict[str, Any]) -> Done:
    """Return what there is to save, to draw and to print of a result."""
    from rdtheory.experiments.beyond import tables_of

    return Done(found, settings, draw=("beyond",), text=tables_of(found))
