# %% [markdown]
# # 3. The corner nobody reaches
#
# *Ten minutes; the code takes 11 seconds of a processor.*
#
# After this lesson you know what the paper called its most surprising finding, and a code that is
# hardly worth the name and beats the learned ones there.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import rdneural as rn
from rdneural.runs.diagonal import measure_diagonal
from rdtheory.sources.images import named_image_source

bars, place = named_image_source("bars:4x4"), Path(tempfile.mkdtemp())
H = bars.entropy  # log 30, as in lesson 1
drawn = bars.images[np.random.default_rng(0).integers(30, size=3600)]
data = drawn[:3000], drawn[3000:3300], drawn[3300:]
small = {"preset": "tiny", "pictures": 1, "progress": False, "batch": 64, "learning_rate": 0.01}

# %% [markdown]
# In theory $D = H - R$ is possible at *every* rate, up to the corner: $R = H$, $D = 0$, an image
# written down without loss and without waste. A VAE gets there by a low price: nats are cheap, so
# take many.

# %%
learned = rn.train(data, "---", beta=0.1, anneal=1.0, epochs=4, out=place / "learned", **small)
print(learned.test)

# %% [markdown]
# It keeps nearly everything, and pays too much: $R$ goes far beyond $H$, which would have been
# enough. In the paper, too, no model of MNIST came near the corner: at high rates $R + D$ rises by
# dozens of nats.

# %%
assert learned.rate.value > H + 3
assert learned.distortion.value < 2

# %% [markdown]
# Now something silly. Let the code be *the first eight pixels*. No encoder is learned, nothing is
# drawn: $e(z|x)$ is a fixed map. A small PixelCNN++ is the marginal, which codes these pixels one
# after another, and it goes on as the decoder, which codes the rest. Together:
#
# $$R + D = -\sum_{i \le K} \log p(x_i | x_{<i}) - \sum_{i > K} \log p(x_i | x_{<i}).$$

# %%
split = rn.train(data, "split:8", beta=1, epochs=2, out=place / "split", **small)
print(split.test)
assert split.elbo.value < learned.elbo.value - 3

# %% [markdown]
# **The surprise** is in the formula: the *sum* does not depend on where one cuts. One network,
# trained once, has a code of every rate, from no pixel to all of them, and the same $R + D$ at
# each.

# %%
found = measure_diagonal([split.place], place / "all", points=9, pictures=4)
points = found["points"]
for point in points[::2]:
    print(f"{point['model']:>8}: R {point['rate']:.2f}, D {point['distortion']:.2f}, "
          f"together {point['elbo']:.3f}")  # fmt: skip
assert np.allclose([point["elbo"] for point in points], points[0]["elbo"])
assert points[0]["rate"] == 0
assert points[-1]["distortion"] == 0

# %%
plt.plot([0, H], [H, 0], "k-", label="R + D = H: nothing is below")
plt.plot(*zip(*[(p["rate"], p["distortion"]) for p in points], strict=True), "o-", label="split:K")
plt.plot(learned.rate.value, learned.distortion.value, "s", ms=8, label="---, β = 0.1")
plt.gca().set(xlabel="rate R (nats an image)", ylabel="distortion D (nats an image)")
plt.legend()
plt.show()

# %% [markdown]
# A straight line, near the bound all the way, into the corner. Look at what such a code is good
# for: the pixels that are told are right, and the decoder invents the rest. On this source the rest
# is nearly forced, as soon as the code says which kind of pattern it is.

# %%
shown = bars.images[[3, 9, 20, 27]]
drawn_again = split.reconstruct(shown)
figure, axes = plt.subplots(2, 4, figsize=(5, 2.8))
for line, images in zip(axes, (shown, drawn_again), strict=True):
    for ax, image in zip(line, images, strict=True):
        ax.imshow(image, cmap="Greys", vmin=0, vmax=1)
        ax.axhline(1.5, color="C1", lw=2)
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("image")
axes[1, 0].set_ylabel("drawn")
plt.show()
assert (shown[:, :2] == drawn_again[:, :2]).all()  # the code, above the line, is exact

# %% [markdown]
# So the corner can be reached, and what made it hard was not the decoder: it was a *drawn* code in
# a continuous space, whose heaps no marginal fits. `coarse:S` does the same with the whole image at
# S x S pixels as its code, which at a low rate is worth more than a few rows.
#
# ## Exercises
#
# 1. Which rate would a *perfect* `split:8` have? It is the entropy of the first eight pixels.
# 2. From which $K$ on does a perfect `split:K` tell everything?
# 3. Let the code be any four pixels. Which four tell most, and how much is that?
#
# Answers are in [answers/03_the_corner.py](answers/03_the_corner.py). On MNIST:
# [The corner nobody reaches](../../figures/results/README.md#the-corner-nobody-reaches).
