# %% [markdown]
# # Answers to 2: what a code is good for
#
# *1.* Where the bound of Fano is 0.9: less than two nats, for a tenth of the digits may be wrong.

# %%
import numpy as np

import rdtheory as rd
from rdtheory.information import greatest_accuracy

low, high = 0.0, np.log(10)
for _ in range(50):
    middle = (low + high) / 2
    low, high = (middle, high) if greatest_accuracy(middle, 10) < 0.9 else (low, middle)
print(f"{low:.3f} nats")
assert np.isclose(low, np.log(10) - rd.binary_entropy(0.1) - 0.1 * np.log(9))
assert low < 2

# %% [markdown]
# *2.* The rate is that of a Gaussian channel, $\frac12 \log(1 + 1/100)$, a two-hundredth of a nat.
# The mean code is $x$ itself: it tells everything.

# %%
rate = 0.5 * np.log(1 + 1 / 10**2)
x = np.linspace(-3, 3, 601)
law = np.exp(-(x**2) / 2) / np.exp(-(x**2) / 2).sum()
z = np.linspace(-45, 45, 1801)
encoder = np.exp(-((z - x[:, None]) ** 2) / 2 / 10**2)
joint = law[:, None] * encoder / encoder.sum(axis=1, keepdims=True)
print(f"R = {rate:.5f}, on a grid {rd.mutual_information(joint):.5f} nats")
assert abs(rd.mutual_information(joint) - rate) < 2e-4
assert rate < 1 / 200
assert len(np.unique(x)) == x.size  # no two means are the same

# %% [markdown]
# *3.* It says nothing: one nat would be enough. A bound of what a code may tell is no promise that
# it tells this. The ten nats may all be about strokes.

# %%
assert greatest_accuracy(10, 2) == 1.0
assert greatest_accuracy(1.0, 2) == 1.0
