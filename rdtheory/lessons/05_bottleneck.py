# %% [markdown]
# # 5. The bottleneck: what is worth keeping
#
# *Ten minutes; the code takes 3 seconds of a processor.*
#
# After this lesson you can say how much a short code of $X$ can tell of something else, $Y$, that
# one really wants to know; and you have seen a question to which "nothing" is the exact answer.

# %%
import matplotlib.pyplot as plt
import numpy as np

import rdtheory as rd
from rdtheory.sources.joints import gerber_relevance

# %% [markdown]
# You see the weather $X$, somebody asks whether to take an umbrella, $Y$. You may not retell the
# weather: you have a rate of $R$ nats. The code $T$ is made of $X$ alone. The best is
#
# $$F(R) = \max_{p(t|x)\,:\ I(X;T) \le R} I(T; Y).$$
#
# There is no distortion $d(x, y)$ in it: what is lost is information itself.

# %%
joint = np.array([[0.30, 0.02], [0.16, 0.10], [0.05, 0.37]])  # sun, clouds, rain; without, with
told, weather = rd.mutual_information(joint), rd.entropy(joint.sum(axis=1))
print(f"H(X) = {weather:.3f} nats, of which {told:.3f} are about umbrellas")
assert told < 0.3 * weather

# %% [markdown]
# Two bounds are free: a code tells nothing of $Y$ that $X$ does not, and nothing that it does not
# know itself. The best codes lie below both. As with the coin we solve at slopes: what is
# maximised is $I(T; Y) - \beta I(X; T)$, and $\beta$ is the slope of the curve.

# %%
betas = np.linspace(0.05, 0.5, 10)
points = [rd.bottleneck.bottleneck(joint, beta) for beta in betas]
rates = np.array([point.rate for point in points])
kept = np.array([point.relevance for point in points])
plt.plot(rates, kept, "o-", label="best codes")
plt.plot([0, told, weather], [0, told, told], "k--", label="min(R, I(X; Y))")
plt.gca().set(xlabel="rate I(X; T) (nats)", ylabel="relevance I(T; Y) (nats)")
plt.legend()
plt.show()
assert (kept <= np.minimum(rates, told) + 1e-9).all()
assert all(point.gap < 1e-7 for point in points)  # proved: no code does better at these slopes

# %% [markdown]
# The first nats tell most. Which weather is put together with which? Look at a code of 0.5 nats.

# %%
code = rd.bottleneck.bottleneck_rate(joint, 0.5)
rd.plot_channel(code.encoder, letters=["sun", "clouds", "rain"])
plt.gca().set(xlabel="code t")
plt.show()
print(f"{code.relevance / told:.0%} of it for {0.5 / weather:.0%} of the nats")
assert code.relevance > 0.7 * told
assert 0.5 * weather > 0.5

# %% [markdown]
# Nobody told the code what weather *is*. It puts together what means the same for umbrellas: a
# distortion that the code makes for itself, $D(p(y|x) \| p(y|t))$.
#
# Now a question with a clean answer. A fair bit is misread once in ten times. Mrs. Gerber's lemma
# knows the whole curve: a code that leaves $h(v)$ of the bit leaves $h(v * 0.1)$ of what is read.

# %%
misread = np.array([[0.45, 0.05], [0.05, 0.45]])
found = [rd.bottleneck.bottleneck(misread, beta) for beta in (0.05, 0.15, 0.3, 0.45, 0.55, 0.62)]
grid = np.linspace(0, np.log(2), 60)
plt.plot(grid, [gerber_relevance(0.1, rate) for rate in grid], "k-", label="Mrs. Gerber")
plt.plot([each.rate for each in found], [each.relevance for each in found], "o", label="solved")
plt.plot(grid, 0.8**2 * grid, ":", label="first slope")
plt.gca().set(xlabel="rate I(X; T) (nats)", ylabel="relevance I(T; Y) (nats)")
plt.legend()
plt.show()
for each in found:
    assert abs(each.relevance - gerber_relevance(0.1, each.rate)) < 1e-6

# %% [markdown]
# **The surprise** is at the left end. The curve starts with a slope below one: $(1 - 2 \cdot
# 0.1)^2$. Whatever you say about the bit, even a whisper, at most that share of it is about $Y$.
# Who values a nat of $Y$ at less than what so many nats of $X$ cost keeps *nothing*: not little,
# nothing.

# %%
less, more = (rd.bottleneck.bottleneck(misread, beta=0.8**2 + off) for off in (-0.02, 0.02))
print(f"just below the slope {0.8**2:.2f}: R = {less.rate:.4f}; just above: R = {more.rate:.1g}")
assert more.rate < 1e-6 < 0.01 < less.rate

# %% [markdown]
# That is the same critical slope as the coin's in [lesson 1](01_a_coin.py), and the reason why
# trained bottlenecks collapse "for no reason". Last, where the code may not toss coins: a hard
# partition of $X$, the best of all, by dynamic programming.

# %%
cells = rd.bottleneck.bottleneck(joint, 0.0, codes=2)
print(cells.encoder.round(2).tolist(), f"keeps {cells.relevance / told:.0%}")
assert cells.proved
assert set(np.unique(cells.encoder)) == {0.0, 1.0}
assert cells.relevance <= told

# %% [markdown]
# ## Exercises
#
# 1. Two kinds of weather are the same for umbrellas: their rows of `joint` are proportional. What
#    does the best code for $R = H(X)$ do with them? Add a row that is half of "rain", and look.
# 2. How many nats are needed to keep nine tenths of what the weather tells?
#    (`bottleneck_relevance`.)
# 3. A bit that is misread with probability $p$: at which $p$ is a nat of code worth a tenth of a
#    nat at most? Check it just above and just below.
#
# Answers are in [answers/05_bottleneck.py](answers/05_bottleneck.py). More:
# [The information bottleneck](../README.md#the-information-bottleneck).
