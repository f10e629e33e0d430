"""What a result of `frontier` holds."""

GAP = 1e-9
"""Default of --gap."""

CLOSED_FORM = 1e-8
"""What the command is asked to reach on textbook sources."""

RESULT = {
    "source", "points", "max_gap", "width", "closed_form_error", "closed_form_exact", "outputs",
    "seconds_solve",
}  # fmt: skip
POINT = {
    "beta", "rate", "distortion", "gap", "support", "masses", "iterations", "converged", "segment",
}  # fmt: skip
