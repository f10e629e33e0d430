# %% [markdown]
# # 2. What a code is good for
#
# *Ten minutes; the code takes 16 seconds of a processor.*
#
# After this lesson you know two ways to ask what a code tells, why they disagree, and which of them
# the rate bounds.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import rdneural as rn
from rdtheory.information import greatest_accuracy

place = Path(tempfile.mkdtemp())

# %% [markdown]
# 1,797 handwritten digits of 8 x 8 pixels come with scikit-learn, and somebody has written down
# which digit each is. The models never see that.

# %%
digits = load_digits()
data = digits.images / 16, digits.target
assert digits.images.shape == (1797, 8, 8)

# %% [markdown]
# Two very small models, asked for two rates: one nat an image, and ten.

# %%
runs = [
    rn.train(
        data, "---", target_rate=rate, epochs=4, batch=64, learning_rate=0.01, preset="tiny",
        binarise="threshold:0.5", name="digits", pictures=1, progress=False,
        out=place / f"rate-{rate}",
    )
    for rate in (1, 10)
]  # fmt: skip
for run in runs:
    print(run.test)
rates = [run.rate.value for run in runs]
assert rates[0] < 2
assert rates[1] > 8

# %% [markdown]
# What comes back? A model of few nats draws *a* digit, a model of many draws *this* one.

# %%
images = (data[0][:8] >= 0.5).astype(float)
rows = [images, *(run.reconstruct(images) for run in runs)]
figure, axes = plt.subplots(3, 8, figsize=(7, 3))
for line, name, row in zip(axes, ["image", "R = 1", "R = 10"], rows, strict=True):
    for ax, image in zip(line, row, strict=True):
        ax.imshow(image, cmap="Greys", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name)
plt.show()

# %% [markdown]
# Now a number. `usefulness` gives codes to a neighbour search: how often has the nearest other code
# the same digit? It asks twice. Once of the *mean* code of each image, as is usual; once of a
# *drawn* one, $z \sim e(z|x)$, which is what $R$ was paid for.

# %%
table = rn.usefulness(runs, out=place / "useful", reconstructions=50)
rows = table if isinstance(table, list) else table.to_dict("records")  # pandas or not
mean = np.array([row["nearest_neighbours"] for row in rows])
drawn = np.array([row["drawn_nearest_neighbours"] for row in rows])
for rate, of_mean, of_drawn in zip(rates, mean, drawn, strict=True):
    print(f"R = {rate:.2f}: mean codes {of_mean:.0%}, drawn codes {of_drawn:.0%}")
assert (mean > drawn).all()

# %% [markdown]
# **The surprise.** From a code of one nat, mean codes tell most of the digits. Ten digits take
# $\log 10$ nats, more than two! Fano's inequality says how often the digit can be right if the code
# tells $R$ nats of it:

# %%
grid = np.linspace(0, 10.5, 100)
plt.plot(grid, greatest_accuracy(grid, 10), "k-", label="the most (Fano)")
plt.plot(rates, mean, "s", label="mean codes")
plt.plot(rates, drawn, "o", label="drawn codes")
plt.axhline(0.1, color="k", lw=0.8, ls=":", label="chance")
plt.gca().set(xlabel="rate R (nats an image)", ylabel="digits told right", ylim=(0, 1.05))
plt.legend()
plt.show()

# %% [markdown]
# Who reads the mean reads more than was sent. A mean is a number with all its digits, and noise
# that would hide the small differences has been left out. So it is bound by nothing, and a high
# probe accuracy of mean codes is no proof that a model *transmits* the class. Drawn codes obey:

# %%
most = greatest_accuracy(rates, 10)
assert all(of_drawn < bound + 0.05 for of_drawn, bound in zip(drawn, most, strict=True))
assert drawn[0] < 0.5 < mean[0]
assert drawn[1] > drawn[0] + 0.2  # and with more nats they tell more

# %% [markdown]
# ## Exercises
#
# 1. How many nats does a code need at least to be right about nine digits in ten, all equally
#    likely?
# 2. A number $x \sim N(0, 1)$ is coded as $z = x + 10 n$, with $n \sim N(0, 1)$. What is the rate
#    with the best marginal? What does the mean code tell of $x$?
# 3. Is a code of ten nats good for telling odd digits from even ones? Put 10 for the rate and 2 for
#    the classes: what does Fano say, and what has it not said?
#
# Answers are in [answers/02_what_a_code_is_good_for.py](answers/02_what_a_code_is_good_for.py). On
# MNIST: [What a code is good for](../../figures/results/README.md#what-a-code-is-good-for).
