"""Options that several neural commands share, and the types of their values."""

import functools
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from rdneural.commands.job import Done, Job

Command = Callable[..., Any]


class Listed(list[float]):
    """Numbers, and the text that they were given as, which results keep."""

    def __init__(self, numbers: Iterable[float], text: str) -> None:
        super().__init__(numbers)
        self.text = text


class Numbers(click.ParamType):
    """Numbers like `0.1,0.5`, or `low:high:count`, spaced evenly in the logarithm."""

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None  # noqa: ANN401
    ) -> Listed:  # fmt: skip
        """Return the numbers; one line where they are none."""
        if isinstance(value, Listed):
            return value
        try:
            if ":" not in value:
                return Listed(map(float, value.split(",")), value)
            low, high, count = value.split(":")
            steps, ratio = int(count) - 1, float(high) / float(low)
            if steps < 1 or ratio <= 0:
                raise ValueError
            return Listed((float(low) * ratio ** (k / steps) for k in range(steps + 1)), value)
        except (ValueError, ZeroDivisionError):
            name = _name(param)
            raise click.UsageError(
                f"{name} must be like 0.1,0.5 or 0.1:10:12, got {value!r}"
            ) from None


class Range(click.ParamType):
    """Two numbers, like `0.05:20`."""

    name = "range"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None  # noqa: ANN401
    ) -> tuple[float, float]:  # fmt: skip
        """Return the two numbers; one line where they are none."""
        try:
            low, high = map(float, value.split(":"))
        except ValueError:
            raise click.UsageError(f"{_name(param)} must be like 0.05:20, got {value!r}") from None
        if not 0 < low < high < math.inf:
            raise click.UsageError(f"the range of beta must have 0 < low < high, got {value!r}")
        return low, high


def _name(param: click.Parameter | None) -> str:
    return "numbers" if param is None else param.opts[0].lstrip("-").replace("-", "_")


NUMBERS, RANGE = Numbers(), Range()
PATH = click.Path(path_type=Path)


json_option = click.option(
    "--json", "json_path", metavar="PATH", type=click.Path(path_type=Path),
    help="Also write the result here; - prints it, and nothing else, on stdout.",
)  # fmt: skip


def job_options(
    name: str, *, seed: bool = True, out: str = "Directory of the results.",
    out_default: str = "a new one, runs/COMMAND-N", overwrite: str = "Replace results that are "
    "already there.",
) -> Callable[[Callable[..., Done]], Callable[..., tuple[Job, Done]]]:  # fmt: skip
    """Add the options that every command takes, which it is handed as one `Job`.

    `out` is the help of --out, "" where there is none. The command returns its `Done`.
    """

    def decorate(command: Callable[..., Done]) -> Callable[..., tuple[Job, Done]]:
        @functools.wraps(command)
        def run(
            *, json_path: Path | None, overwrite: bool, seed: int = 0, out: Path | None = None,
            **asked: Any,  # noqa: ANN401  (the command's own options)
        ) -> tuple[Job, Done]:  # fmt: skip
            job = Job(name, seed=seed, out=out, json_path=json_path, overwrite=overwrite)
            return job, command(job, **asked)

        options = [
            click.option("--overwrite", is_flag=True, help=overwrite),
            json_option,
        ]
        if out:
            help_ = f"{out}  [default: {out_default}]" if out_default else out
            options.append(
                click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help=help_,
                             required=not out_default)
            )  # fmt: skip
        if seed:
            options.append(
                click.option("--seed", default=0, show_default=True,
                             help="Seed of everything random.")
            )  # fmt: skip
        decorated: Callable[..., Any] = run
        for option in options:
            decorated = option(decorated)
        return decorated

    return decorate


class RunPlace(click.ParamType):
    """The directory of a run, or one of the zoo's by its name."""

    name = "directory"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None  # noqa: ANN401
    ) -> Path:  # fmt: skip
        """Return the directory; one line where the zoo has none of the name."""
        from rdneural.records.zoo import PREFIX, found_place

        if isinstance(value, Path) or not value.startswith(PREFIX):
            return Path(value)
        try:
            return found_place(value, "DIRECTORY")
        except ValueError as error:
            raise click.UsageError(str(error)) from None


run_argument = click.argument("directory", type=RunPlace())
slope_option = click.option(
    "--beta", type=float, metavar="B",
    help="Slope of a curve.  [default: 1, or the nearest that it has]",
)  # fmt: skip
preset_option = click.option(
    "--preset", default="auto", show_default=True,
    help="tiny (4x4 pixels), quick or paper; auto is paper on a GPU, else quick.",
)  # fmt: skip
precision_option = click.option(
    "--precision", default="auto", show_default=True,
    help="float32 or bfloat16; auto is bfloat16 where it is fast.",
)  # fmt: skip
device_option = click.option(
    "--device", default="auto", show_default=True, help="cpu, cuda or auto."
)
part_options = tuple(
    click.option(f"--{part}", metavar="WHERE",
                 help=f"An own {part} in place of the family's: module:Class or file.py:Class.")
    for part in ("encoder", "decoder", "marginal")
)  # fmt: skip
"""Options of own parts of a model."""

optimiser_options = (
    click.option("--epochs", type=float, help="Passes over the training images."),
    click.option("--batch", type=int, help="Images a step."),
    click.option("--optimiser", help="adamw, or muon for the kernels of convolutions."),
    click.option("--learning-rate", type=float, help="Of its steps, where it is highest."),
    click.option("--schedule", help="How the learning rate falls: cosine or linear."),
    click.option("--weight-decay", type=float, help="Times the learning rate."),
    click.option("--dropout", type=float, help="Share of gated layers left out in a step."),
    click.option("--clip", type=float, help="Greatest norm of the gradient."),
    click.option(
        "--dim", type=int, metavar="K", help="Dimension of the code.  [default: the preset's]"
    ),
    click.option(
        "--orders",
        type=int,
        metavar="N",
        help="Orders of pixels, 1 to 8, that a PixelCNN++ decoder is the mixture of.",
    ),
    click.option(
        "--refine",
        type=int,
        metavar="K",
        help="Steps that refine the means of codes when training is over.",
    ),
    click.option("--ema", type=float, help="Decay of the average of weights that is kept."),
)
"""Options of every training; None stands for what the preset recommends."""

settings_options = (
    preset_option,
    click.option("--penalty", type=float, metavar="W",
                 help="With --target-rate, minimise D + W |R - target| instead."),
    click.option("--free-bits", type=float, metavar="NATS",
                 help="Rate below which a smaller one gains nothing."),
    *optimiser_options,
    click.option("--patience", type=int, metavar="N",
                 help="Stop after N validations without a better one; keep the best."),
    precision_option,
    click.option("--compile", "compiled", is_flag=True, help="Use torch.compile."),
    device_option,
    click.option("--pictures", default=10, show_default=True, metavar="N",
                 help="Reconstructions, and generations, to draw at the end."),
)  # fmt: skip
"""Options of a run and of a sweep."""


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Add options to a command, listed in their order."""

    def add(command: Command) -> Command:
        for option in reversed(options):  # the last one added is listed first
            command = option(command)
        return command

    return add
