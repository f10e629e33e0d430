# %% [markdown]
# # 4. Your own data
#
# *Ten minutes; the code takes 12 seconds of a processor.*
#
# After this lesson you can train a model on images of yours to a rate that you ask for, keep it,
# and come back to it; and you will never again compare two numbers of differently made pixels.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import rdneural as rn
import rdtheory as rd

place = Path(tempfile.mkdtemp())

# %% [markdown]
# Images are an array: here digits of 8 x 8 pixels, grey from 0 to 16. Labels may come along; no
# model sees them.

# %%
digits = load_digits()
grey = digits.images / 16
print(grey.shape, grey.min(), grey.max())
assert grey.shape == (1797, 8, 8)
assert (grey.min(), grey.max()) == (0, 1)

# %% [markdown]
# A model of this project speaks of pixels that are 0 or 1. So grey ones need a *rule*, and you have
# to say which: a threshold, or a coin toss for each pixel with its grey value as the chance of a 1.

# %%
random = np.random.default_rng(0)
sharp = (grey >= 0.5).astype(float)
noisy = (random.random(grey.shape) < grey).astype(float)
figure, axes = plt.subplots(3, 6, figsize=(6, 3.2))
names = ["grey", "threshold", "sample"]
for line, name, images in zip(axes, names, [grey, sharp, noisy], strict=True):
    for ax, image in zip(line, images, strict=False):
        ax.imshow(image, cmap="Greys", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name)
plt.show()

# %% [markdown]
# Train a very small model on either, with the same settings. What to ask it for? Not a $\beta$, of
# which nobody knows what it will bring: a *rate*. Five nats an image.

# %%
small = {"preset": "tiny", "epochs": 4, "batch": 64, "learning_rate": 0.01, "pictures": 1,
         "progress": False, "name": "digits"}  # fmt: skip
data = grey, digits.target
runs = {
    rule: rn.train(data, "---", target_rate=5, binarise=rule, out=place / rule[:6], **small)
    for rule in ("threshold:0.5", "sample")
}
for rule, run in runs.items():
    print(f"{rule:>13}: {run.test}")
    assert abs(run.rate.value - 5) < 1
    assert run.final_beta < 1  # the slope that it took

# %% [markdown]
# The second number is a little worse. A worse model? **The surprise:** nearly half of it is no
# model's fault. Each coin toss is news that nobody can foretell, and as we know the coins we can
# say how many nats of news there are:

# %%
news = rd.binary_entropy(grey).sum(axis=(1, 2)).mean()
bars = [run.elbo.value for run in runs.values()]
plt.bar(["threshold", "sample"], bars)
plt.bar(["sample"], [news], color="C1", label="coin tosses alone")
plt.ylabel("R + D (nats an image)")
plt.legend()
plt.show()
print(f"the coin tosses alone have {news:.1f} nats an image")
assert bars[1] > bars[0]
assert 0.4 * bars[1] < news < 0.6 * bars[1]

# %% [markdown]
# Below the coin tosses nobody can come, and the sharp images have none. So an ELBO is of a data set
# *and its rule*, and says nothing beside one of another. Every result here carries its rule and a
# digest of its images in its name:

# %%
for run in runs.values():
    print(run.result["data"])
first, second = (run.result["data"] for run in runs.values())
assert first != second
assert first.startswith("digits (threshold:0.5, ")

# %% [markdown]
# Everything is in a directory, and comes back from it. Here are images, what the model makes of
# them by way of their codes, and some that it makes up.

# %%
again = rn.load(place / "thresh")
print(again)
assert np.array_equal(again.encode(sharp[:3]), runs["threshold:0.5"].encode(sharp[:3]))
rows = [sharp[:6], again.reconstruct(sharp[:6]), again.sample(6)]
figure, axes = plt.subplots(3, 6, figsize=(6, 3.2))
for line, name, images in zip(axes, ["image", "drawn again", "made up"], rows, strict=True):
    for ax, image in zip(line, images, strict=True):
        ax.imshow(image, cmap="Greys", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name)
plt.show()

# %% [markdown]
# What else can be given: folders of pictures, files, data sets of torchvision, [Your
# data](../README.md#your-data); [your own networks](../README.md#your-networks); and a model that
# was [trained elsewhere](../README.md#your-model-trained-elsewhere) can be measured by the same
# yardstick.
#
# ## Exercises
#
# 1. Ask for a rate of 1,000 nats. What happens, and when?
# 2. Save the digits and their labels to `digits.npz`, and train on the file for an epoch. Is it the
#    same data set to `rn`?
# 3. Measure a model of the digits on their negatives, black for white. Which of $R$ and $D$ tells
#    you that something is wrong?
#
# Answers are in [answers/04_your_own_data.py](answers/04_your_own_data.py).
