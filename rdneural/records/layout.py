"""Names of the files that runs, curves and sweeps leave, and of the columns of a history."""

SPLITS = ("train", "valid", "test")

# -- a run's directory ----------------------------------------------------------------------------

RESULT = "run.json"
"""What a finished run found; `rdneural.runs.run` writes it, and nobody else."""

CHECKPOINT = "checkpoint.safetensors"
HISTORY_FILE = "history.csv"
SAMPLES = "samples.npz"
RUN_OUTPUTS = (HISTORY_FILE, SAMPLES, "curves.png", "curves.csv", "samples.png")
"""What a run leaves, besides its result and its checkpoint."""

HISTORY = (
    "step", "epoch", "seconds", "beta", "learning_rate", "gradient_norm",
    "train_rate", "train_distortion", "train_elbo", "valid_rate", "valid_distortion", "valid_elbo",
)  # fmt: skip
"""Columns of a run's history; `elbo` is R + D, train_* are means since the row before."""

LOCK = ".lock"
"""The lock in the directory of a run, or of a sweep."""

VALIDATION = "validate.json"
"""What a validation found, over its runs."""

VALIDATED = "validated.json"
"""How a run stands to the exact theory, beside its result."""

BOARD = "tensorboard"
"""Directory of event files, within a run's."""

# -- a curve's directory --------------------------------------------------------------------------

CURVE = "curve.json"
COMPARISON = "comparison.csv"
CURVE_OUTPUTS = (CURVE, CHECKPOINT, HISTORY_FILE, "curve.png", "curve.csv", COMPARISON)
"""What a curve leaves."""

# -- a sweep's directory --------------------------------------------------------------------------

PLAN = "sweep.json"
"""What the sweep was ever asked for."""

RUNS = "runs"
"""The directory that has a directory for each run; also where commands leave their results."""

TABLE = "table.csv"
FAILED = "failed.json"
"""In a run's directory: why there is no result."""

POINTS = "points.csv"
"""The points of the curves of a sweep."""

PULLED = "pulled.json"
"""Rows of runs that were made on other machines."""

ELSEWHERE, MEASURED_FILE = "elsewhere", ".measured.json"
"""Directory of models that were trained elsewhere and measured here, and how the name of the file
of each ends; also the command that such a file names."""

HERE = "here"
"""Origin of the rows of runs that were made in this directory."""

# -- tables of measurements -----------------------------------------------------------------------

USEFULNESS = "usefulness.csv"
DIAGONAL, DIAGONAL_IMAGES = "diagonal.csv", "diagonal.npz"
