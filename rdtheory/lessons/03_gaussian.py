# %% [markdown]
# # 3. Gaussians, water, and where atoms split
#
# *Ten minutes; the code takes 3 seconds of a processor.*
#
# After this lesson you know the one curve of this field that everybody remembers, how a budget is
# shared among several sources, and why the Gaussian is the odd one out.

# %%
import matplotlib.pyplot as plt
import numpy as np

import rdtheory as rd
from rdtheory import sources
from rdtheory.continuous.trace import trace_atoms

# %% [markdown]
# A number $x \sim N(0, \sigma^2)$ is told with a mean squared error of $D$. Shannon's curve:
#
# $$R(D) = \tfrac12 \log \frac{\sigma^2}{D}.$$
#
# Half a nat for each factor of $e$: every bit more quarters the error. We solve it on a hundred
# letters, and lay the formula over it.

# %%
normal = sources.gaussian(100)
curve = rd.solve_frontier(normal)
curve.plot(units="bits", over="distortion")
plt.show()
one, two = curve.distortion([1.0, 2.0], units="bits").value
print(f"at one bit D = {one:.3f}, at two {two:.3f}")
assert abs(one - 1 / 4) < 0.005
assert abs(two - 1 / 16) < 0.005

# %% [markdown]
# Spend half a nat. Which variance has what is written down? One would think that of the source, 1,
# or more: source plus noise. It is *less*: $\sigma^2 - D$.

# %%
point = rd.solve_rate(normal, 0.5)
variance = point.marginal @ normal.outputs**2  # the mean is 0
print(f"variance of y {variance:.3f}, D {point.distortion:.3f}")
assert abs(point.marginal @ normal.outputs) < 1e-6
assert abs(variance + point.distortion - 1) < 0.002
assert variance < 0.7

# %% [markdown]
# As for the coin, look backwards: $x = y + \text{noise}$, the noise of variance $D$ and independent
# of $y$. A good reproduction is *smoother* than what it reproduces. (Your photographs do that,
# too.)
#
# Now several numbers at once, of variances $\lambda_i$, with one budget of error. Who gets it?
# Pour water over the variances, up to a level $\theta$: where the ground is higher, all but
# $\theta$ of it is told; where it is under water, nothing.

# %%
variances = np.array([4.0, 1.0, 0.25])
budget = 1.8  # of squared error, in all
level = sources.water_level(variances, budget)
errors = np.minimum(level, variances)
names = [f"λ = {v:g}" for v in variances]
plt.bar(names, variances, color="0.85", label="told")
plt.bar(names, errors, label="error")
plt.axhline(level, color="k", lw=0.8, ls=":")
plt.ylabel("variance")
plt.legend()
plt.show()
print(f"water at {level:.3f}: errors {errors.round(3)}")
assert np.isclose(errors.sum(), budget)
assert level > 0.25

# %% [markdown]
# The third number is not told at all, and yet the others are. The rate is the sum of what stands
# above the water, and the solver, which knows nothing of water, agrees:

# %%
rates = 0.5 * np.log(variances / errors)
print(f"rates {rates.round(3)}")
assert rates[2] == 0
assert np.isclose(rates.sum(), sources.water_filling_rate(variances, budget))
pair = sources.gaussian_vector(15, [1.5, 0.5])  # two of them, on a grid of 15 x 15
solved, formula = rd.solve_distortion(pair, 0.8).rate, sources.water_filling_rate([1.5, 0.5], 0.8)
print(f"solved {solved:.4f}, water {formula:.4f}")
assert abs(solved - formula) < 0.01

# %% [markdown]
# So far what is written was a continuum: any $y$ may occur. **The surprise:** that is so for the
# Gaussian, and for hardly anything else. Take three numbers, -1, 0 and 1, equally likely, and let
# $y$ be *any* real number. Only a few are ever used: *atoms*. Make nats cheaper, and they split.

# %%
trace = trace_atoms([-1, 0, 1], betas=np.geomspace(2, 0.1, 30))
for solved in trace.points:
    sizes = 200 * solved.weights
    plt.scatter(np.full(len(sizes), solved.beta), solved.atoms[:, 0], s=sizes, color="C0", lw=0)
for split in trace.splits:
    plt.axvline(split.above, color="k", lw=0.8, ls=":")
plt.gca().set(xscale="log", xlabel="slope β (nats get cheaper to the right)", ylabel="atoms y")
plt.gca().invert_xaxis()
plt.show()

# %% [markdown]
# Everybody gets the mean while $\beta$ is large. It splits at twice the variance, exactly: the
# first *phase transition*, as physicists say. (Rose wrote it down in 1990, of clusters:
# deterministic annealing is this picture, run from left to right.) The third atom comes another
# way: it appears between the two, out of nothing.

# %%
first, second = trace.splits
print(f"the mean splits between {first.below:.3f} and {first.above:.3f}")
assert first.below < 2 * (2 / 3) < first.above  # the variance of -1, 0, 1 is 2/3
assert (first.fewer, first.more, second.fewer, second.more) == (1, 2, 2, 3)
assert all(point.gap <= 1e-9 and point.rigorous for point in trace.points)

# %% [markdown]
# A law without letters behaves so, too. The uniform density on $[0, 1]$ has uncountably many $x$,
# and at this slope the best scheme *in the world* writes one of three numbers. Its certificate is a
# supremum over all of the line.

# %%
three = rd.solve_continuous(rd.Density(np.ones_like, 0.0, 1.0), beta=0.05)
print(f"atoms {three.atoms[:, 0].round(4)}, weights {three.weights.round(3)}, gap {three.gap:.0e}")
assert len(three.atoms) == 3
assert three.gap <= 1e-9
assert np.allclose(three.atoms + three.atoms[::-1], 1)

# %% [markdown]
# ## Exercises
#
# 1. How much error must the three numbers above bear, until the second is not told either? What is
#    the rate there?
# 2. Two letters, -1 and 1, equally likely. Where does their mean split? Show that below it the
#    atoms are at $\pm y$ with $y = \tanh(2y/\beta)$.
# 3. One nat is to be spent on numbers of variances 4 and 1, and one nat on two of variance 2.5: the
#    same sum. Which can be told better, and by how much?
#
# Answers are in [answers/03_gaussian.py](answers/03_gaussian.py). More splits, in the plane too:
# [Beyond the first chapter](../README.md#beyond-the-first-chapter).
