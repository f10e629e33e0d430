# %% [markdown]
# # Answers to 3: Gaussians, water, atoms
#
# *1.* When the water stands at 1, the second variance: errors of 1, 1 and 0.25. What is left is
# $\frac12 \log 4$, a bit, all of it about the first.

# %%
import numpy as np

import rdtheory as rd
from rdtheory import sources

variances = [4.0, 1.0, 0.25]
assert np.isclose(sources.water_level(variances, 2.25), 1.0)
assert np.isclose(sources.water_filling_rate(variances, 2.25), np.log(2))

# %% [markdown]
# *2.* At twice the variance, 2. Below, an atom is the mean of those who are told it:
# $y = p(1|y) - p(-1|y)$, and the odds of the two are $e^{4y/\beta}$.

# %%
for beta in (1.9, 1.5, 0.8):
    atoms = rd.solve_continuous([-1, 1], [0.5, 0.5], beta=beta).atoms[:, 0]
    assert len(atoms) == 2
    assert np.allclose(atoms, np.tanh(2 * atoms / beta), atol=1e-5)
assert len(rd.solve_continuous([-1, 1], [0.5, 0.5], beta=2.1).atoms) == 1

# %% [markdown]
# *3.* The unequal ones: a nat leaves $2 \sqrt{\lambda_1 \lambda_2 e^{-2}}$ of error, and of two
# numbers with a given sum the product is largest where they are equal. Structure is what can be
# compressed.

# %%
unequal = sources.water_filling_distortion([4.0, 1.0], 1.0)
equal = sources.water_filling_distortion([2.5, 2.5], 1.0)
print(f"D = {unequal:.4f} and {equal:.4f}")
assert np.isclose(unequal / equal, 2 / 2.5)
