# %% [markdown]
# # 1. What R and D are: a coin
#
# *Ten minutes; the code takes 2 seconds of a processor.*
#
# After this lesson you know what a **rate** and a **distortion** are, why the best way to be
# imprecise is not to be precise some of the time, and what the slope of a curve has to do with a
# price.

# %%
import matplotlib.pyplot as plt
import numpy as np

import rdtheory as rd
from rdtheory import sources

# %% [markdown]
# A coin falls heads three times in ten. You watch it, and tell a friend. To tell all of it costs
# the entropy $H$ of a flip. We count in *nats*; a bit is $\log 2$ of them.

# %%
coin = sources.bernoulli(0.3)
H = rd.entropy(coin.p_x)
print(f"H = {H:.4f} nats = {H / np.log(2):.4f} bits a flip")
assert np.isclose(H, rd.binary_entropy(0.3))
assert np.log(2) > H

# %% [markdown]
# The friend will bear some errors. The **distortion** $D$ is the share of flips that are told
# wrong, the **rate** $R$ is what was said, in nats a flip.
#
# A first idea: tell the truth about some flips and say nothing about the others. For those the
# friend writes "tails", and is wrong when it was heads. That is a straight line, from nothing told
# ($R = 0$, $D = 0.3$) to all told ($R = H$, $D = 0$).

# %%
shares = np.linspace(0, 1, 50)  # of flips that are told
spent, wrong = shares * H, (1 - shares) * 0.3
assert wrong[0] == 0.3
assert np.isclose(spent[-1], H)

# %% [markdown]
# Shannon asked for the least rate of *any* scheme with that many errors:
#
# $$R(D) = \min_{q(y|x)\,:\ \mathbb{E}\, d(X, Y) \le D} I(X; Y).$$
#
# A scheme is a **channel** $q(y|x)$: what is written down, $y$, given what was seen, $x$.

# %%
curve = rd.solve_frontier(coin)
axes = curve.plot(over="distortion", closed_form=False)
axes.plot(wrong, spent, "k--", label="truth about some flips")
axes.legend()
plt.show()

# %% [markdown]
# The straight line wastes a lot. At one error in ten flips:

# %%
point = rd.solve_distortion(coin, 0.1)
straight = np.interp(0.1, wrong[::-1], spent[::-1])
print(f"truth about some flips {straight:.3f} nats, the best scheme {point.rate:.3f} nats")
assert point.rate < 0.75 * straight
assert np.isclose(point.rate, rd.binary_entropy(0.3) - rd.binary_entropy(0.1))  # its closed form

# %% [markdown]
# So one lie in ten, well placed, saves more than a quarter of it. Where does the best scheme put
# its lies?

# %%
faces = ["tails", "heads"]
rd.plot_channel(point, letters=faces, outputs=faces)
plt.show()

# %% [markdown]
# Not fairly at all: heads, the rare side, are called tails far more often than tails are called
# heads. Now look from the friend's side. Of what is *written*, which share is wrong?

# %%
joint = coin.p_x[:, None] * point.channel  # p(x) q(y|x)
backward = joint / joint.sum(axis=0)  # p(x|y), a column for each y
print(backward.round(4))
assert np.allclose(1 - np.diag(backward), 0.1)  # whatever is written is wrong once in ten
assert not np.isclose(point.channel[0, 1], point.channel[1, 0])

# %% [markdown]
# **The surprise.** Seen from the friend the best scheme is perfectly even: every written letter is
# wrong equally often. It is made backwards: choose $y$ first, then let noise make $x$ of it. This
# *backward channel* is how most closed forms in this field are found.
#
# $R$ is no abstraction either. Flip the coin, write down what the channel says, count:

# %%
random = np.random.default_rng(0)
x = (random.random(20_000) < coin.p_x[1]).astype(int)
y = (random.random(x.size) < point.channel[x, 1]).astype(int)
counts = np.histogram2d(x, y, bins=2)[0]
counted = rd.mutual_information(counts / counts.sum())
print(f"counted: D = {np.mean(x != y):.3f}, I = {counted:.3f}; solved: R = {point.rate:.3f}")
assert abs(np.mean(x != y) - 0.1) < 4 * np.sqrt(0.09 / x.size)
assert abs(counted - point.rate) < 0.02

# %% [markdown]
# Last, the price. Say that a nat costs $\beta$ errors. Then pay the least $D + \beta R$: a line of
# slope $-\beta$ is pushed against the curve, and touches it at the best point. (Now $D$ is drawn
# upwards, as $\beta$ wants it.) Where nats are dear one buys few, and above a **critical slope**
# none:

# %%
rd.plot_point(rd.solve_slope(coin, beta=0.5))
plt.show()
critical = rd.critical_slope(coin)
print(f"nothing is worth saying from beta = {critical:.3f} on")
assert np.isclose(critical, 1 / np.log(0.7 / 0.3))
assert rd.solve_slope(coin, beta=1.01 * critical).rate < 1e-9
assert rd.solve_slope(coin, beta=0.9 * critical).rate > 0.001

# %% [markdown]
# ## Exercises
#
# 1. A fair coin may cost half a bit a flip. How many errors must its friend bear? Solve it with
#    `solve_rate`, and compare with $h(D) = \log 2 - R$.
# 2. A fair die is told with one error in ten throws. By how much is $\log 6$ too dear? (The closed
#    form is $\log 6 - h(D) - D \log 5$.)
# 3. To miss heads is now five times as bad as to miss tails. At $\beta = 0.5$, which of the two
#    lies does the best scheme tell more often?
#
# Answers are in [answers/01_a_coin.py](answers/01_a_coin.py). Next: why you may believe the solver.
