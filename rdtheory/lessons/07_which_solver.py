# %% [markdown]
# # 7. Which solver, which objective?
#
# *One page, ten minutes; the code takes 3 seconds of a processor.*
#
# After this lesson you find the function for your own problem by two questions: *what is given*,
# and *what do you fix*: a price, a rate or an error?

# %%
import matplotlib.pyplot as plt
import numpy as np

import rdtheory as rd
from rdtheory import sources

p, d = [0.7, 0.3], [[0, 1], [1, 0]]  # a coin, any flipped bit an error

# %% [markdown]
# **A table of distortions, and an error or a rate that is asked for.** `solve_distortion` and
# `solve_rate`: the point on the curve, with its slope and its certificate.

# %%
asked = rd.solve_distortion(p, d, 0.1)
print(asked)
assert np.isclose(rd.solve_rate(p, d, asked.rate).distortion, 0.1)

# %% [markdown]
# **A price.** If a nat costs so much of the error, `solve_slope`. It is also the quickest, and
# where a curve is strictly convex it says the same: every target is a slope.

# %%
priced = rd.solve_slope(p, d, beta=asked.beta)
assert np.isclose(priced.distortion, 0.1)

# %% [markdown]
# **Everything at once.** `solve_frontier`: certified between its points, too. Ask it anything.

# %%
curve = rd.solve_frontier(p, d, width=1e-4)
print(curve.rate(0.1), curve.distortion(0.2), curve.slope(0.25), sep="\n")
assert curve.rate(0.1).lower <= asked.rate <= curve.rate(0.1).upper

# %% [markdown]
# **No table, but coordinates,** and what is written may be any point of the line or of space:
# `solve_continuous`. **A grid is good enough:** `sources.gaussian(1000)` and its like, up to
# thousands of letters.

# %%
free = rd.solve_continuous([-1, 1], [0.5, 0.5], beta=1.5)
grid = rd.solve_slope(sources.empirical([-1, 1], outputs=np.linspace(-1, 1, 41)), beta=1.5)
print(f"two letters: {free.value:.6f} anywhere, {grid.value:.6f} on a grid")
assert free.value <= grid.value + 1e-9

# %% [markdown]
# **An exact number to be coded letter by letter,** not in blocks: `solve_quantiser`, the best
# quantiser with an entropy code. **The surprise** is how little blocks would bring: at high rates a
# quarter of a bit, whatever the source.

# %%
x = (np.arange(1200) + 0.5) / 1200  # the uniform density on [0, 1)
cells = rd.solve_quantiser(x, np.full(1200, 1 / 1200), beta=0.002)
shannon = 0.5 * np.log(1 / (2 * np.pi * np.e * cells.distortion))  # below it nobody is
extra = (cells.rate - shannon) / np.log(2)
print(f"{len(cells.levels)} levels, {extra:.4f} bits above Shannon's bound")
assert abs(extra - 0.5 * np.log2(np.pi * np.e / 6)) < 0.01

# %% [markdown]
# **The receiver knows something already.** At both ends `solve_conditional`, at the receiver alone
# `solve_wyner_ziv`. **What is written must look real:** `solve_perception`. All have `_rate` and
# `_distortion`.

# %%
joint = [[0.45, 0.05], [0.05, 0.45]]
alone = rd.solve_distortion([0.5, 0.5], d, 0.05).rate
decoder = rd.solve_wyner_ziv_distortion(joint, d, 0.05).rate
both = rd.solve_conditional_distortion(joint, d, 0.05).rate
real = rd.solve_perception_distortion(p, d, target=0.1, perception=0.0).rate
assert both < decoder < alone
assert asked.rate < real

# %% [markdown]
# **You do not know the distortion, but what you want to know in the end:** `bottleneck`. **The
# channel is given and not the source:** `solve_capacity`.

# %%
kept = rd.bottleneck.bottleneck_rate(joint, 0.3).relevance
carried = rd.solve_capacity([[0.9, 0.1], [0.1, 0.9]]).capacity
assert kept < 0.3
assert np.isclose(carried, rd.mutual_information(joint))

# %% [markdown]
# **A model with a code of its own,** R and D of encoder, decoder and marginal: `fit_target_rate`
# where the source is a small table ([lesson 6](06_broken_elbo.py)), `rdneural` where it is images.
# There a *slope* is the wrong question whenever the frontier is straight, as that of a decoder that
# can be anything is: ask for a rate. **A model that somebody else made:** `Model` measures it, and
# `best_encoder_and_marginal` says what better ones would bring for its decoder.

# %%
model = rd.Model(p, [[0.9, 0.1], [0.2, 0.8]], [0.5, 0.5], [[0.9, 0.1], [0.3, 0.7]])
better, point = rd.best_encoder_and_marginal(p, model.decoder, 1.0)
print(f"R + D is {model.rate + model.distortion:.4f}, with the best of both {point.value:.4f}")
assert np.isclose(better.rate + better.distortion, point.value)
assert point.gap < 1e-9
assert point.value < model.rate + model.distortion

# %% [markdown]
# In one picture: what each of them asks for the same coin, or pair of coins, at one error in
# twenty.

# %%
plain = rd.solve_distortion(p, d, 0.05).rate
faithful = rd.solve_perception_distortion(p, d, target=0.05, perception=0.0).rate
rates = {"fair coin": alone, "…receiver knows": decoder, "…both know": both,
         "30 % heads": plain, "…must look real": faithful}  # fmt: skip
plt.barh(list(rates), list(rates.values()))
plt.gca().invert_yaxis()
plt.xlabel("rate at one error in twenty (nats)")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## Exercises
#
# Which function, and what does it say?
#
# 1. A sensor sees a bit through noise that flips one in ten. You store what it saw, and pay for
#    errors in the *bit*. Which errors are the least that any rate reaches?
# 2. Each letter of a Z channel, `[[1, 0], [0.5, 0.5]]`, takes time: the 0 one second, the 1 two.
#    What can be told per second, at most?
# 3. A picture of four grey values, 7, 12, 9 and 2 pixels of each, is to be reduced to two values,
#    without coin tosses. Which are merged, if an error is a squared difference?
#
# Answers are in [answers/07_which_solver.py](answers/07_which_solver.py).
