# %% [markdown]
# # Answers to 5: the bottleneck
#
# *1.* It gives both the same code: at no rate is anything gained by telling them apart. So the
# curve is the one without the new row, only its mass is another.

# %%
import numpy as np

import rdtheory as rd

joint = np.array([[0.30, 0.02], [0.16, 0.10], [0.05, 0.37]])
drizzle = np.vstack([joint, joint[2] / 2])
drizzle /= drizzle.sum()
encoder = rd.bottleneck.bottleneck(drizzle, 0.1).encoder
print(encoder.round(3))
assert np.allclose(encoder[2], encoder[3], atol=1e-4)

# %% [markdown]
# *2.* About three quarters of the entropy of the weather.

# %%
told, weather = rd.mutual_information(joint), rd.entropy(joint.sum(axis=1))
least = rd.bottleneck.bottleneck_relevance(joint, 0.9 * told)
print(f"{least.rate:.3f} nats of {weather:.3f}")
assert 0.7 < least.rate / weather < 0.8

# %% [markdown]
# *3.* Where $(1 - 2p)^2 = 0.1$, about 0.34.

# %%
p = (1 - np.sqrt(0.1)) / 2
misread = np.array([[1 - p, p], [p, 1 - p]]) / 2
below, above = (rd.bottleneck.bottleneck(misread, beta) for beta in (0.09, 0.11))
print(f"p = {p:.4f}: R = {below.rate:.4f} below, {above.rate:.4f} above")
assert round(p, 2) == 0.34
assert above.rate < 1e-6 < below.rate
