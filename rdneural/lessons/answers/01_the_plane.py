# %% [markdown]
# # Answers to 1: the plane of a real model
#
# *1.* A copy has $D = 0$ and costs what its marginal says, $R = 16 \log 2$. The decoder is perfect,
# so that all of the waste is the marginal's.

# %%
import numpy as np

import rdtheory as rd
from rdtheory.sources.images import named_image_source

bars = named_image_source("bars:4x4")
copied = np.eye(31)[:30]  # one code stands for all other images: it is never sent
others = 1 - 30 * 2.0**-16
p_x = np.append(bars.p_x, 0.0)
marginal = np.append(np.full(30, 2.0**-16), others)
model = rd.Model(p_x, np.vstack([copied, np.eye(31)[30]]), marginal, np.eye(31))
print(f"R = {model.rate:.3f}, D = {model.distortion:.3f}, marginal gap {model.marginal_gap:.3f}")
assert np.isclose(model.rate, 16 * np.log(2))
assert np.isclose(model.marginal_gap, 16 * np.log(2) - np.log(30))
assert np.isclose(model.decoder_gap, 0)

# %% [markdown]
# *2.* Each pixel is black in half of the images. Without a code the decoder can say no more:
# sixteen fair coins, more than three times $H$.

# %%
black = np.tensordot(bars.p_x, bars.images, 1)
alone = sum(rd.binary_entropy(each) for each in black.flat)
print(f"D = {alone:.3f}, H = {bars.entropy:.3f}")
assert np.allclose(black, 0.5)
assert np.isclose(alone, 16 * np.log(2))
assert alone > 3 * bars.entropy

# %% [markdown]
# *3.* No less than $H - D$ and no more than $R$; and $R + D - H$ is how far these two are apart.

# %%
least, most = bars.entropy - 1, 3
waste = 3 + 1 - bars.entropy
print(f"I is between {least:.3f} and {most} nats, the waste is {waste:.3f} nats")
assert np.isclose(waste, most - least)
assert 0 < waste < 1
