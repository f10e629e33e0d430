# %% [markdown]
# # Answers to 4: capacity
#
# *1.* Of the bits, seven in ten arrive, and one knows which.

# %%
import numpy as np

import rdtheory as rd
from rdtheory import sources

erased = rd.solve_capacity(sources.named_channel("bec:0.3"))
assert np.isclose(erased.capacity, 0.7 * np.log(2))

# %% [markdown]
# *2.* More: the curve is concave, and the first ones that are sent tell most.

# %%
z = [[1, 0], [0.5, 0.5]]
free = rd.solve_capacity(z, cost=[0, 1], budget=1.0)
half = rd.solve_capacity(z, cost=[0, 1], budget=0.2)
print(f"{half.capacity / free.capacity:.3f} of the capacity for half of the cost")
assert np.isclose(free.capacity, np.log(5 / 4))
assert 0.7 < half.capacity / free.capacity < 0.9

# %% [markdown]
# *3.* No. The wire carries $\log 2 - h(0.1)$, and only a fair coin uses it so. With errors of 0.1
# this coin needs less, $h(0.3) - h(0.1)$; what the wire can carry would do for fewer errors.

# %%
coin, wire = sources.bernoulli(0.3), rd.solve_capacity(sources.named_channel("bsc:0.1"))
needed = rd.solve_distortion(coin, 0.1).rate
possible = rd.solve_rate(coin, wire.capacity).distortion
print(f"needed {needed:.4f}, carried {wire.capacity:.4f}: {possible:.4f} errors would be possible")
assert needed < wire.capacity
assert possible < 0.08
