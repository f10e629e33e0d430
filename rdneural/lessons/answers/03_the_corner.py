# %% [markdown]
# # Answers to 3: the corner
#
# *1.* Two rows of pixels: of the thirty patterns some look alike there.

# %%
from itertools import combinations

import numpy as np

import rdtheory as rd
from rdtheory.sources.images import named_image_source

bars = named_image_source("bars:4x4")
pixels = bars.images.reshape(30, 16)


def told(which):
    """Return the entropy of some of the pixels, in nats."""
    _, group = np.unique(pixels[:, list(which)], axis=0, return_inverse=True)
    return rd.entropy(np.bincount(group.ravel(), weights=bars.p_x))


eight = told(range(8))
print(f"R = {eight:.3f} of H = {bars.entropy:.3f} nats")
assert 0.7 < eight / bars.entropy < 0.9

# %% [markdown]
# *2.* The first row, and then the first pixel of each row below it: if it is a pattern of columns,
# the first row has said all, and if not, those pixels say the rest. The last of them is pixel 13.

# %%
enough = next(k for k in range(17) if np.isclose(told(range(k)), bars.entropy))
print(f"{enough} pixels")
assert enough == 13

# %% [markdown]
# *3.* Four that share no row and no column, such as a diagonal. In a pattern of rows they are four
# coins, and in one of columns, too. They fall short of four full coins by a little, as the white
# and the black image, both rows and columns, are there only once. Of rows or columns they say
# nothing.

# %%
best = max(combinations(range(16), 4), key=told)
print(f"pixels {best}: {told(best):.4f} nats, of at most {4 * np.log(2):.4f}")
assert sorted(k // 4 for k in best) == sorted(k % 4 for k in best) == [0, 1, 2, 3]
assert np.isclose(told(best), 14 / 15 * np.log(15) + 1 / 15 * np.log(30))
