# %% [markdown]
# # 1. The plane of a real model
#
# *Ten minutes; the code takes 21 seconds of a processor.*
#
# After this lesson you can place a trained VAE on a plane where nothing is hidden: what its code
# costs, what it keeps, what it wastes, and on what. It needs the ideas of [the broken
# ELBO](../../rdtheory/lessons/06_broken_elbo.py).

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import rdneural as rn
from rdtheory.sources.images import named_image_source

place = Path(tempfile.mkdtemp())  # where runs leave what they find

# %% [markdown]
# Nobody knows the entropy of photographs. So we take images of which everything is known: all
# patterns of 4 x 4 pixels whose rows, or whose columns, are each of one colour. There are thirty,
# all equally likely, and $H = \log 30$.

# %%
bars = named_image_source("bars:4x4")
figure, axes = plt.subplots(2, 5, figsize=(6, 2.6))
for ax, image in zip(axes.flat, bars.images[1::3], strict=True):
    ax.imshow(image, cmap="Greys", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
plt.show()
H = bars.entropy
print(f"{len(bars.images)} images, H = {H:.3f} nats")
assert np.isclose(H, np.log(30))

# %% [markdown]
# Two models learn them. `---` has a Gaussian code and a decoder that draws each pixel by itself;
# `-+-` has a decoder that looks at the pixels it has drawn already, a PixelCNN++. Both are very
# small. `beta` is the price of a nat: training minimises $D + \beta R$. (`validate` trains the
# first on the source as it is; the second gets 3,000 draws of it, as one would have data.)

# %%
exact = rn.validate("bars:4x4", "---", betas=[0.5], epochs=0.7, samples=200, out=place / "exact")
plain = rn.load(place / "exact" / "beta-0.5" / "---")
drawn = bars.images[np.random.default_rng(0).integers(30, size=3600)]
data = drawn[:3000], drawn[3000:3300], drawn[3300:]  # to train, to validate, to test
small = {"preset": "tiny", "pictures": 1, "progress": False, "batch": 64, "learning_rate": 0.01}
strong = rn.train(data, "-+-", beta=1, epochs=2, out=place / "strong", **small)
for run in (plain, strong):
    print(run.model.family, run.test)

# %% [markdown]
# By the ELBO the second is far better: its $R + D$ is nearly $H$, the least that any model has. Now
# look at $R$ alone.

# %%
assert strong.elbo.value < plain.elbo.value - 1
assert strong.rate.value < 0.2
assert plain.rate.value > 3

# %% [markdown]
# **The surprise.** The better model has learned no code at all. Its decoder is so strong that it
# needs none, and what the ELBO praises is the decoder. Ask it to reconstruct:

# %%
shown = bars.images[[3, 9, 20, 27]]
rows = [("image", shown), ("---", plain.reconstruct(shown)), ("-+-", strong.reconstruct(shown))]
figure, axes = plt.subplots(3, 4, figsize=(4.5, 3.6))
for line, (name, images) in zip(axes, rows, strict=True):
    for ax, image in zip(line, images, strict=True):
        ax.imshow(image, cmap="Greys", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name)
plt.show()
same = [np.mean(images == shown) for _, images in rows[1:]]
print(f"pixels that come back: {same[0]:.0%} and {same[1]:.0%}")
assert same[0] > same[1]

# %% [markdown]
# What it draws is a perfect pattern, and another one. So ask the strong model for a *rate*: the
# least $D$ with $R = 1.5$ nats.

# %%
asked = rn.train(data, "-+-", target_rate=1.5, epochs=2, out=place / "asked", **small)
print(asked.model.family, asked.test)
assert abs(asked.rate.value - 1.5) < 0.3

# %% [markdown]
# All three on the plane. No model is below the line $R + D = H$, and height above it is waste.

# %%
plt.plot([0, H], [H, 0], "k-", label="R + D = H")
named = {"---, β = 0.5": plain, "-+-, β = 1": strong, "-+-, R = 1.5 asked": asked}
for name, run in named.items():
    plt.plot(run.rate.value, run.distortion.value, "o", ms=9, label=name)
    assert run.elbo.value > H - 4 * run.elbo.error
plt.gca().set(xlabel="rate R (nats an image)", ylabel="distortion D (nats an image)")
plt.legend()
plt.show()

# %% [markdown]
# On what does the plain model waste? Where everything is known, one can say it exactly, and
# `validate` has:
#
# $$R + D - H = \underbrace{\mathrm{KL}(p_e(z) \,\|\, m)}_{\text{marginal gap}} +
# \underbrace{\mathbb{E}\,\mathrm{KL}(p_e(x|z) \,\|\, d)}_{\text{decoder gap}}.$$
#
# The first is paid because codes do not fall as $m(z)$ thinks, the second because the decoder does
# not believe what a code says. And what the code really tells, $I$, lies in a sandwich.

# %%
model = exact["models"][0]
print(f"H - D = {H - model['distortion']:.2f} <= I = {model['mutual_information']:.2f}", end="")
print(f" <= R = {model['rate']:.2f}, verdict: {model['verdict']}")
wide = 4 * (model["rate_se"] + model["distortion_se"])
assert H - model["distortion"] - wide < model["mutual_information"] < model["rate"] + wide

# %%
parts = {name: model[f"{name}_gap"] for name in ("marginal", "decoder")}
plt.barh(list(parts), list(parts.values()), xerr=[model[f"{name}_gap_se"] for name in parts])
plt.xlabel("waste (nats an image)")
plt.show()
print(f"R + D - H = {model['excess']:.2f} nats, of which marginal {parts['marginal']:.2f}")
assert abs(sum(parts.values()) - model["excess"]) < 4 * (model["excess_se"] + model["gaps_se"])
assert parts["marginal"] > 1
assert parts["decoder"] > 0

# %% [markdown]
# The codes of thirty images are thirty heaps, and the marginal thinks they are one cloud: that
# alone costs more than a nat.
#
# ## Exercises
#
# 1. By hand: a model copies each image, and its marginal takes all $2^{16}$ images of zeros and
#    ones for equally likely. What are its $R$, $D$ and two gaps?
# 2. What is the least $D$ of a decoder that draws each pixel by itself and has no code?
# 3. A model of these images has $R = 3$ and $D = 1$. Between which numbers lies what its code
#    tells? What does it waste?
#
# Answers are in [answers/01_the_plane.py](answers/01_the_plane.py). How to read the rest of what
# `validate` finds: [Held against the exact theory](../README.md#held-against-the-exact-theory).
