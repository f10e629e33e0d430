# %% [markdown]
# # Answers to 1: what R and D are
#
# *1.* About one flip in nine: half of the bits, for far less than half of the errors.

# %%
import numpy as np

import rdtheory as rd
from rdtheory import sources

fair = rd.solve_rate(sources.bernoulli(0.5), 0.5 * np.log(2))
print(f"D = {fair.distortion:.4f}")
assert np.isclose(rd.binary_entropy(fair.distortion), 0.5 * np.log(2))
assert 1 / 10 < fair.distortion < 1 / 9

# %% [markdown]
# *2.* A wrong face may be any of the other five, and that one need not say which saves as well.

# %%
die = rd.solve_distortion(sources.hamming(6), 0.1)
print(f"{np.log(6):.3f} nats for all of it, {die.rate:.3f} with one error in ten")
assert np.isclose(np.log(6) - die.rate, rd.binary_entropy(0.1) + 0.1 * np.log(5))

# %% [markdown]
# *3.* The lie about tails: heads are always told, and tails are called heads now and then, to be
# safe.

# %%
tails_heads = [0.7, 0.3]
unfair = rd.solve_slope(tails_heads, [[0, 1], [5, 0]], beta=0.5)
print(unfair.channel.round(3))
assert unfair.channel[0, 1] > unfair.channel[1, 0]
