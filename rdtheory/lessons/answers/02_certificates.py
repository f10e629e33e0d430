# %% [markdown]
# # Answers to 2: certificates
#
# *1.* With $m = (1, 0)$, $Z$ is 1 for tails and $e^{-2}$ for heads. Tails are wanted
# $0.7 + 0.3 = 1$ times, heads $0.7\, e^{-2} + 0.3\, e^2$ times. The value is the 0.3 of the errors.

# %%
import numpy as np

import rdtheory as rd
from rdtheory import sources

coin = sources.bernoulli(0.3)
silent = rd.certify(coin.p_x, 1 - np.eye(2), 0.5, [1.0, 0.0])
print(silent)
assert np.isclose(silent.value, 0.3)
assert np.isclose(silent.bound, 0.3 - 0.5 * np.log(0.7 * np.exp(-2) + 0.3 * np.exp(2)))

# %% [markdown]
# *2.* Neither is near. Guesses prove, but to come close one has to search.

# %%
normal = sources.gaussian(100)
random = np.random.default_rng(0)
guesses = [rd.certify(normal, 0.5, random.dirichlet(np.ones(100))) for _ in range(100)]
best = rd.solve_slope(normal, beta=0.5).value
under = best - max(guess.bound for guess in guesses)
over = min(guess.value for guess in guesses) - best
print(f"bounds end {under:.3f} below, values {over:.3f} above")
assert under > 0.05
assert over > 0.05

# %% [markdown]
# *3.* Ten times nearer, nearly ten times as many: the share that a step takes is proportional to
# the distance from the critical slope.

# %%
critical = rd.critical_slope(coin)
steps = [
    rd.blahut_arimoto(coin, (1 - off) * critical, gap=1e-10).iterations for off in (0.1, 0.01, 1e-3)
]
print(steps)
assert 5 < steps[1] / steps[0] < 15
assert 5 < steps[2] / steps[1] < 15
