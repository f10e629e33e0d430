"""Every tolerance of the tests, with its reason."""

# -- exact finite sums ----------------------------------------------------------------------------

ROUNDING = 1e-12
"""Sums of at most a thousand terms of a few nats: 1e3 * 3 * 2.2e-16 = 7e-13 at the very worst."""

IDENTITY = 1e-11
"""Identities between such sums where single masses go down to 1e-200: a term is then up to
2 * 460 nats, and 25 of them, each off by a few parts in 2.2e-16, are off by 1e-11 at most."""

LAST_BIT = 2.0**-52
"""Spacing of float64 at one: what a single division may be off."""

# -- the toy source and its printed digits --------------------------------------------------------

NINE_DIGITS = 5e-10
"""Half a unit of the ninth decimal that DESIGN.md prints."""

SIX_DIGITS = 5e-7
"""Half a unit of the sixth decimal that DESIGN.md prints."""

SOLVED = 1e-12
"""I(x; z*) - 0.5 after a root search to 1e-13 in Delta, where dI/dDelta is below 1."""

NO_TIE = 1e-9
"""Odds nearer to even than this may fall to either class by rounding alone."""

# -- the family -----------------------------------------------------------------------------------

SAME_FORMULA = 1e-12
"""Relative. The kernel and numpy sum the same thousand terms in another order."""

DIFFERENCE_STEP = 5e-4
GRADIENT = 1e-7
"""Five-point differences: truncation h^4 f'''''/30 = 2e-15 f''''' and rounding 3 nats * 2e-16 / h
= 1e-12 leave this to fifth derivatives of up to 5e7, which parameters of a few units do reach."""

HELLINGER = 0.09
"""Relative, times (sharpness * bin width)^2 = (k h)^2. Taylor's terms for the logistic code: the
mean over neighbouring edges is off by at most 1/16, the arc between two codes by 1/48, the chord by
1/192; together 0.0885."""

# -- fits -----------------------------------------------------------------------------------------

ON_TARGET = 1e-6
"""What `rdtheory.toy.fitted.FEASIBLE` promises of a converged fit."""

CERTIFIED = 1e-6
"""Default `Search.gap` at which a restart stops."""

TIGHT_EXCESS = 2e-6
"""Excess of a converged fit on the diagonal: a gap of 1e-6 plus a miss of 1e-6."""

WIDE_EXCESS = 1e-4
"""Between 1 and 2.5 nats the family of 30 codes itself stays 1e-5 above the diagonal, and a restart
at 0.1 nats may converge to a stationary point as far above it."""

OFF_TARGET = 1e-4
"""How far any fit of the constraint may be from its target, converged or not."""

RECOMPUTED = 1e-9
"""The kernel's objective against the tabulated model's: 900 terms each, some of them 700 nats."""

DISTANT = 0.05
"""Nats above its target from which a rate counts as not held to it."""

LOOSE_GAP = 1e-3
"""Gap of a fit stopped after a few rounds that is optimal for all that a figure shows."""

UNREAD_CODE = 1e-2
"""Nats of rate left at beta = 1: no slope pushes along the diagonal, so a start of scale 0.01 keeps
the 1e-3 nats that its gradient phase gave it."""

DIAGONAL_SLOPE = 0.01
"""A gap of 1e-6 leaves the multiplier free by about its root times a curvature of 10."""

RECOVERED = 0.37
"""Nats of I(z; z*) that count as recovery: a draw from p(z*|x) has 0.378."""

# -- neural ---------------------------------------------------------------------------------------

STANDARD_ERRORS = 4.0
"""A statistic of a correct sampler is further off once in 16,000 times; seeds are fixed."""

QUADRATURE = 1e-3
"""Sum over a grid of 801 x 801 points for the integral of a density in the plane, relative to the
integral of |f|. It is exact to 1e-10 where a density is smooth; a flow of ReLU networks bends at
kinks, and there it is off by up to 3e-4, a quarter of what it is with half the points a side."""

LINE_QUADRATURE = 1e-9
"""Sum over 30,001 points of a line, 0.002 apart, for an integral of a smooth density no narrower
than 0.025: exact to the rounding of as many terms of a few nats."""

WIDE_CODES = 1e-8
"""Nats of a log-density in float64 of codes that are up to 1,000 scales from the mean of all: their
squares, 1e6, are multiplied out, and cancel to 1e6 * 2.2e-16 times a few terms."""

FLOAT32_LOG_PROB = 5e-5
"""Nats of a log-density or log-probability in float32: 20 terms of up to 30 nats, each off by parts
in 1.2e-7."""

FLOAT32_MASS = 1e-4
"""Sum of 65,536 probabilities that are each off by `FLOAT32_LOG_PROB` at most, or of twice them."""

PAIRWISE = 8 * 2.0**-52
"""Of the largest term: (z - mean)^2 / scale^2 multiplied out is a sum of terms as large as the
squares of the distances in scales of code and mean from the batch's mean, each rounded a few times.
"""

SOFTPLUS = 1.1e-8
"""Nats in float64: torch's softplus leaves out exp(-x) above x = 20, 2.1e-9, of up to five pixels
that are so certain."""

ALONE = 1e-4
"""Relative or absolute. Models trained together sum the same float32 numbers in another order,
parts in 1e-7; Adam divides by the gradient's own size, so a weight whose gradient is as small is
off by more, up to 1e-5 after twelve steps of 4e-3."""

SETTLED = 1e-3
"""A root search to 5e-4 in the logarithm of a scale may stop at either side of the root."""
