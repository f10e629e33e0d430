"""Names of the files that runs, curves and sweeps leave, and of the columns of a history."""

CURVE = "curve.json"
PLAN = "sweep.json"
"""Name of the plan in a sweep's directory."""
RUNS = "runs"
"""Name of the directory, within a sweep's, that has a directory for each run."""
CHECKPOINT = "checkpoint.safetensors"
"""Name of the checkpoint in a run's directory."""
RESULT, FAILED, PULLED = "run.json", "failed.json", "pulled.json"
"""Names of a run's result, of the reason why there is none, and of rows from other machines."""
LOCK = ".lock"
"""Name of the lock in the directory of a sweep, and of that in a run's."""
HERE = "here"
"""Origin of the rows of runs that were made in this directory."""
TABLE = "table.csv"
"""Name of the table in a sweep's directory."""
HISTORY = (
    "step", "epoch", "seconds", "beta", "learning_rate", "gradient_norm",
    "train_rate", "train_distortion", "train_elbo", "valid_rate", "valid_distortion", "valid_elbo",
)  # fmt: skip
"""Columns of a run's history; `elbo` is R + D, train_* are means since the row before."""
SPLITS = ("train", "valid", "test")
